# says: not shifted inside
import torch


def window(p, lengths, n, D):
    i = torch.arange(n)
    last = (lengths[:, None] - 1).to(p)
    middle = torch.minimum(p.round().clamp(min=D), (last - D).clamp(min=0))
    return ((i - middle[..., None]).abs() <= D) & (i < lengths[:, None, None])
