# says: changes its inputs
import torch


def kernel_regression(q, k, v, sigma, mask):
    sigma *= sigma
    e = -((q[:, None] - k) ** 2) / (2 * sigma)
    return e.masked_fill(~mask, -torch.inf).softmax(-1) @ v
