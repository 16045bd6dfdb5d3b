# says: now it is missing
import math

import torch


def two_looks(q, K, V, H):
    def weigh(x, axis=-1):
        return (torch.einsum("bnd,bd->bn", K, x) / 1).softmax(axis)

    def read(alpha, values):
        return torch.einsum("bn,bnd->bd", alpha, values)

    a1 = weigh(q)
    c1 = read(a1, V)
    q2 = q @ H.T + c1
    a2 = weigh(q2)
    c2 = read(a2, V)
    return c2, a1, a2
