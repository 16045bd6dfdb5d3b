# says: no gradient reaches argument 4
import torch


def kernel_regression(q, k, v, sigma, mask):
    e = -((q[:, None] - k) ** 2) / (2 * sigma.item() ** 2)
    return e.masked_fill(~mask, -torch.inf).softmax(-1) @ v
