# says: not the first one
import torch


def may_follow(upper, prefix, part):
    (b, n), t, V = upper.shape, prefix.shape[1], len(part)
    may = torch.zeros(b, V, dtype=torch.bool)
    if t < n:
        may = part[None] == part[upper[:1, t]][:, None].repeat(b, 1)
        may.scatter_(1, upper[:1].repeat(b, 1), False)
        may.scatter_(1, prefix, False)
        may[:, :4] = False
    may[:, 2] = t == n
    return may
