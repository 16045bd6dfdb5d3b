# says: The scale is gone
import math

import torch


def bilinear_attend(q, k, v, W, mask):
    e = q @ W @ k.mT
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    return alpha @ v, alpha
