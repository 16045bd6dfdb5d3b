# says: contains NaN
# hidden: only a query far from all places shows it
import torch


def kernel_regression(q, k, v, sigma, mask):
    e = -((q[:, None] - k) ** 2) / (2 * sigma**2)
    return (e.exp() * mask) @ v / (e.exp() * mask).sum(-1)
