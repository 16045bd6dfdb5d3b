# says: sum over the words first
import torch


def doubly_stochastic(alpha, real):
    each = (1 - alpha) ** 2 * real[..., None]
    return each.sum((1, 2)).mean()
