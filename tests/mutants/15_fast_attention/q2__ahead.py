# says: looks ahead
import torch


def windowed(q, k, v, D):
    n, d = q.shape[1:]
    back = torch.arange(n)[:, None] - torch.arange(n)
    seen = (back <= 0) & (back >= -D)
    e = (q @ k.mT / d**0.5).masked_fill(~seen, -torch.inf)
    return e.softmax(-1) @ v
