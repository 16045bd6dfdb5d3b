import torch


def kernel_regression(q, k, v, sigma, mask):
    a, b, width = q.double(), k.double(), sigma.double()
    e = -((a[:, None] - b[None]) ** 2) / (2 * width**2)
    alpha = e.masked_fill(~mask, -1e300).softmax(1)
    return (alpha * v.double()).sum(1).to(q.dtype)
