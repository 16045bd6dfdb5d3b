# says: must sum to 1
import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = torch.sigmoid(e)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = beta[:, None] * (alpha[:, None] @ h)[:, 0]
    return c, alpha, beta
