# says: The last place binds too, whatever
import torch


def tones_kept(upper, lower):
    n = upper.shape[1]
    place = torch.arange(1, n + 1, device=upper.device)
    binds = (place % 2 == 0)
    differ = upper != lower
    return (differ | ~binds).all(1)
