# says: The mask came after
import torch


def kernel_regression(q, k, v, sigma, mask):
    e = -((q[:, None] - k) ** 2) / (2 * sigma**2)
    return (e.softmax(-1) * mask) @ v
