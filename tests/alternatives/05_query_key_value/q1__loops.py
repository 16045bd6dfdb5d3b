import math

import torch


def kernel_regression(q, k, v, sigma, mask):
    out = []
    for t in range(q.shape[0]):
        e = -((q[t] - k[mask[t]]) ** 2) / (2 * sigma * sigma)
        G = torch.exp(e - e.max())
        out.append((G * v[mask[t]]).sum() / G.sum())
    return torch.stack(out)
