import torch


def add_positions(x):
    n, d = x.shape[1:]
    p = torch.empty(n, d, dtype=torch.float64)
    t = torch.arange(n)[:, None]
    angle = t * torch.exp(-torch.arange(0, d, 2).double() / d * 9.210340371976184)
    p[:, 0::2], p[:, 1::2] = torch.sin(angle), torch.cos(angle)
    return x + p[None].to(x)
