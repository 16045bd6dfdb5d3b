# says: wrong values | the penalty is not right | not right
import torch


def doubly_stochastic(alpha, real):
    length = int(real[0].sum())
    looked = (alpha * real[..., None])[:, :length].sum(1)
    return ((1 - looked) ** 2).sum(-1).mean()
