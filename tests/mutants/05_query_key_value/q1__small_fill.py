# says: has the right shape and wrong values | has the shape
# hidden: only a query far from all places shows it
import torch


def kernel_regression(q, k, v, sigma, mask):
    e = -((q[:, None] - k) ** 2) / (2 * sigma**2)
    return e.masked_fill(~mask, -1e3).softmax(-1) @ v
