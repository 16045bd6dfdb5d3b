import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = e.double().softmax(-1).to(e.dtype)
    beta = torch.sigmoid(s_prev @ w_beta + b_beta)
    c = (beta.double()[:, None] * torch.bmm(alpha.double()[:, None], h.double())[:, 0]).to(h.dtype)
    return c, alpha, beta
