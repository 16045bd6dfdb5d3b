import torch


def doubly_stochastic(alpha, real):
    kept = torch.where(real.unsqueeze(-1), alpha, torch.zeros_like(alpha))
    missed = 1 - kept.sum(-2)
    return (missed * missed).sum((-1,)).mean()
