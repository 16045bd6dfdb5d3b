# says: changes its inputs
import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    e -= e.amax(-1, keepdim=True)
    alpha = e.softmax(-1)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = beta[:, None] * (alpha[:, None] @ h)[:, 0]
    return c, alpha, beta
