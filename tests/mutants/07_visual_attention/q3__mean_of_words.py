# says: it is a sum
import torch


def doubly_stochastic(alpha, real):
    looked = (alpha * real[..., None]).sum(1) / real.sum(1, keepdim=True)
    return ((1 - looked) ** 2).sum(-1).mean()
