# says: no character of the upper line is allowed
import torch


def may_follow(upper, prefix, part):
    (b, n), t = upper.shape, prefix.shape[1]
    if t == n:
        may = torch.zeros(b, len(part), dtype=torch.bool)
    else:
        may = part[None] == part[upper[:, t]][:, None]
        may.scatter_(1, upper[:, : t + 1], False)
        may.scatter_(1, prefix, False)
        may[:, :4] = False
    may[:, 2] = t == n
    return may
