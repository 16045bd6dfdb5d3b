import torch


def gated_look(e, s_prev, h, w_beta, b_beta):
    w = torch.exp(e - e.amax(-1, keepdim=True))
    alpha = w / w.sum(-1, keepdim=True)
    beta = 1 / (1 + torch.exp(-((s_prev * w_beta).sum(-1) + b_beta)))
    c = beta.unsqueeze(-1) * (alpha.unsqueeze(-1) * h).sum(1)
    return c, alpha, beta
