# says: cut to a whole number
import torch


def window(p, lengths, n, D):
    i = torch.arange(n, device=p.device)
    x = i - p.round()[..., None]
    real = i < lengths[:, None, None]
    return ((i - p.floor()[..., None]).abs() <= D) & real
