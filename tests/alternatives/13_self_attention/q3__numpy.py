import numpy as np
import torch


def add_positions(x):
    n, d = x.shape[1:]
    t, c = np.arange(n)[:, None], np.arange(d)[None]
    angle = t / 10000 ** (2 * (c // 2) / d)
    p = np.where(c % 2 == 0, np.sin(angle), np.cos(angle))
    return x + torch.from_numpy(p).to(x)
