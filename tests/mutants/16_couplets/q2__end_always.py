# says: too early
import torch


def may_follow(upper, prefix, part):
    (b, n), t, V = upper.shape, prefix.shape[1], len(part)
    may = torch.zeros(b, V, dtype=torch.bool)
    if t < n:
        may = part[None] == part[upper[:, t]][:, None]
        may.scatter_(1, upper, False)
        may.scatter_(1, prefix, False)
        may[:, :4] = False
    may[:, 2] = True
    return may
