# says: not its absolute value
import torch


def doubly_stochastic(alpha, real):
    looked = (alpha * real[..., None]).sum(1)
    return (1 - looked).abs().sum(-1).mean()
