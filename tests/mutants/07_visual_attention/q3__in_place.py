# says: changes its inputs
import torch


def doubly_stochastic(alpha, real):
    alpha *= real[..., None]
    looked = alpha.sum(1)
    return ((1 - looked) ** 2).sum(-1).mean()
