# The function takes all memory.
# earns 0

import torch


def additive_score(q, k, W_a, U_a, v_a):
    return [torch.ones(1 << 28) for _ in range(1000)]
