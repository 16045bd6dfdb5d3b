# says: D wide in all
import torch


def window(p, lengths, n, D):
    i = torch.arange(n, device=p.device)
    x = i - p.round()[..., None]
    real = i < lengths[:, None, None]
    return (2 * x.abs() <= D) & real
