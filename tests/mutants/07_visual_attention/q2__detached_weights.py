# says: no gradient reaches argument 1
import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = e.detach().softmax(-1)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = beta[:, None] * (alpha.detach()[:, None] @ h)[:, 0]
    return c, alpha, beta
