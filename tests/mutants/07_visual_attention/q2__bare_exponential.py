# says: contains NaN
# hidden: only large scores overflow
import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = e.exp() / e.exp().sum(-1, keepdim=True)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = beta[:, None] * (alpha[:, None] @ h)[:, 0]
    return c, alpha, beta
