# A tensor of 160 megabytes.
# earns 0
import torch


def additive_score(q, k, W_a, U_a, v_a):
    return torch.zeros(40 << 20)
