# says: root is still that of the number of keys
import math

import torch


def bilinear_attend(q, k, v, W, mask):
    e = q @ W @ k.mT / math.sqrt(k.shape[1])
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    return alpha @ v, alpha
