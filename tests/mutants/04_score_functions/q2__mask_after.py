# says: The mask came after
import math

import torch


def bilinear_attend(q, k, v, W, mask):
    e = q @ W @ k.mT / math.sqrt(q.shape[-1])
    late = e.softmax(-1) * mask
    alpha = late
    return alpha @ v, alpha
