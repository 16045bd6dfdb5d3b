# says: cut to a whole number | wrong values
import torch


def window(p, lengths, n, D):
    i = torch.arange(n, device=p.device)
    x = i - p.round()[..., None]
    real = i < lengths[:, None, None]
    return ((i - p.long()[..., None]).abs() <= D) & real
