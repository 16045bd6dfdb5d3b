# says: expected a tensor
import torch


def doubly_stochastic(alpha, real):
    looked = (alpha * real[..., None]).sum(1)
    return ((1 - looked) ** 2).sum(-1).mean().item()
