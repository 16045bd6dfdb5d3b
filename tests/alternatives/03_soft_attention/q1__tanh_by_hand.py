import torch


def additive_score(q, k, W_a, U_a, v_a):
    x = (q @ W_a.T)[:, :, None] + (k @ U_a.T)[:, None]
    return ((2 * torch.sigmoid(2 * x) - 1) * v_a).sum(-1)
