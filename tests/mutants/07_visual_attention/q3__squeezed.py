# says: it is a mean, not a sum
# hidden: only a grid of one place shows it
import torch


def doubly_stochastic(alpha, real):
    looked = (alpha * real[..., None]).sum(1).squeeze()
    return ((1 - looked) ** 2).sum(-1).mean()
