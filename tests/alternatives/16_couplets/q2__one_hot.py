import torch
from torch.nn import functional as F


def may_follow(upper, prefix, part):
    V, n, t = len(part), upper.shape[1], prefix.shape[1]
    if t == n:
        return (torch.arange(V) == 2).repeat(len(upper), 1)
    used = F.one_hot(torch.cat([upper, prefix], 1), V).sum(1) > 0
    ordinary = torch.arange(V) > 3
    return part[upper[:, t], None].eq(part) & ~used & ordinary
