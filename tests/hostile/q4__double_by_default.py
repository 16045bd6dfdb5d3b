# Another default dtype, and a warning.
# earns 2

import warnings

import torch

torch.set_default_dtype(torch.float64)

# <the right answer>

right = attend


def attend(q, k, v, mask):
    warnings.warn("this is fine")
    return right(q, k, v, mask)
