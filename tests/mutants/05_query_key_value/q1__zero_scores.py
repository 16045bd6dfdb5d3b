# says: A score of 0 is not hidden
import torch


def kernel_regression(q, k, v, sigma, mask):
    e = -((q[:, None] - k) ** 2) / (2 * sigma**2)
    return (e * mask).softmax(-1) @ v
