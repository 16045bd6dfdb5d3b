# says: changes its inputs
import torch


def window(p, lengths, n, D):
    i = torch.arange(n)
    p.round_()
    return ((i - p[..., None]).abs() <= D) & (i < lengths[:, None, None])
