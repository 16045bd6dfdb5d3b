# says: must match
# hidden: the sizes that show it are kept for the hidden case
import torch


def add_positions(x):
    b, n, d = x.shape
    i = torch.arange(d // 2, dtype=torch.float64, device=x.device)
    place = torch.arange(64, device=x.device)[:, None]
    angle = place / 10000 ** (2 * i / d)
    p = torch.stack([angle.sin(), angle.cos()], -1).flatten(-2)
    p = p[:n]
    return x + p.to(x.dtype)
