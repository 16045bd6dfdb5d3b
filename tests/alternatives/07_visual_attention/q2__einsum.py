import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = e.softmax(-1)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = torch.einsum("b,bn,bnd->bd", beta, alpha, h)
    return c, alpha, beta
