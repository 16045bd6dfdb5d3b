# says: not the weights
import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = e.softmax(-1)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = beta[:, None] * (alpha[:, None] @ h)[:, 0]
    return c, beta[:, None] * alpha, beta
