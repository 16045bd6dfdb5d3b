import torch


def doubly_stochastic(alpha, real):
    looked = alpha.masked_fill(~real[:, :, None], 0.0).sum(dim=1)
    return ((looked - 1) ** 2).sum(dim=1).mean(dim=0)
