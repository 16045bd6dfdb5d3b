import torch


def doubly_stochastic(alpha, real):
    total = 0
    for weights, words in zip(alpha, real, strict=True):
        total = total + ((1 - weights[words].sum(0)) ** 2).sum()
    return total / alpha.shape[0]
