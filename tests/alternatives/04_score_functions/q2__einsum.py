import torch


def bilinear_attend(q, k, v, W, mask):
    e = torch.einsum("bmq,qk,bnk->bmn", q, W, k) * q.shape[-1] ** -0.5
    alpha = e.masked_fill(~mask, float("-inf")).softmax(-1)
    return torch.einsum("bmn,bnd->bmd", alpha, v), alpha
