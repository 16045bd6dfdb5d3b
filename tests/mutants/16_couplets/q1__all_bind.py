# says: are free, unless
import torch


def tones_kept(upper, lower):
    n = upper.shape[1]
    place = torch.arange(1, n + 1, device=upper.device)
    binds = place > 0
    differ = upper != lower
    return (differ | ~binds).all(1) & (lower[:, -1] == 1)
