# says: Padded words still look
import torch


def doubly_stochastic(alpha, real):
    looked = alpha.sum(1)
    return ((1 - looked) ** 2).sum(-1).mean()
