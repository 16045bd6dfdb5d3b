# says: Both bugs are still there
import torch


def doubly_stochastic(alpha, real):
    looked = alpha.sum(-1)
    return ((1 - looked) ** 2).sum(-1).mean()
