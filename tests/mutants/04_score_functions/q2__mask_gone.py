# says: The mask is gone
import math

import torch


def bilinear_attend(q, k, v, W, mask):
    e = q @ W @ k.mT / math.sqrt(q.shape[-1])
    mask = None
    alpha = e.softmax(dim=-1)
    return alpha @ v, alpha
