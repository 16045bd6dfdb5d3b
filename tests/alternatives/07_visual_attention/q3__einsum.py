import torch


def doubly_stochastic(alpha, real):
    looked = torch.einsum("bmn,bm->bn", alpha, real.to(alpha.dtype))
    return (1 - looked).square().sum() / len(alpha)
