# says: goes round the end
import torch


def window(p, lengths, n, D):
    i = torch.arange(n)
    x = i - p.round()[..., None]
    size = lengths[:, None, None]
    return ((x % size).minimum(-x % size) <= D) & (i < size)
