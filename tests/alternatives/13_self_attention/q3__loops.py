import math

import torch


def add_positions(x):
    p = torch.zeros_like(x[0])
    n, d = p.shape
    for t in range(n):
        for i in range(d // 2):
            p[t, 2 * i] = math.sin(t / 10000 ** (2 * i / d))
            p[t, 2 * i + 1] = math.cos(t / 10000 ** (2 * i / d))
    return x + p
