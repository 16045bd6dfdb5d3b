# says: has the right shape and wrong values | W is still transposed | stops with
import math

import torch


def bilinear_attend(q, k, v, W, mask):
    e = (q @ W @ k.mT if W.shape[0] != W.shape[1] else q @ W.T @ k.mT) / math.sqrt(q.shape[-1])
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    return alpha @ v, alpha
