# says: words are missing
import torch


def add_positions(x):
    b, n, d = x.shape
    i = torch.arange(d // 2, dtype=torch.float64, device=x.device)
    place = torch.arange(n, device=x.device)[:, None]
    angle = place / 10000 ** (2 * i / d)
    p = torch.stack([angle.sin(), angle.cos()], -1).flatten(-2)
    return p.to(x.dtype).expand_as(x)
