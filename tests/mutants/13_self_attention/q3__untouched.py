# says: Both bugs are still there
import torch


def add_positions(x):
    b, n, d = x.shape
    i = torch.arange(d // 2, dtype=torch.float64, device=x.device)
    place = torch.arange(b, device=x.device)[:, None, None]
    angle = place / 10000 ** (2 * i / d)
    p = torch.cat([angle.sin(), angle.cos()], -1)
    return x + p.to(x.dtype)
