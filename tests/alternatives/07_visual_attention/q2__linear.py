import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    alpha = torch.nn.functional.softmax(e, dim=1)
    beta = torch.nn.functional.linear(s_prev, w_beta[None], b_beta[None]).sigmoid()[:, 0]
    c = (alpha[..., None] * h * beta[:, None, None]).sum(1)
    return c, alpha, beta
