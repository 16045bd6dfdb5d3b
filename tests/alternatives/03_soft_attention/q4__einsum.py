import torch


def attend(q, k, v, mask):
    e = torch.einsum("bmd,bnd->bmn", q, k)
    alpha = torch.where(mask, e, -torch.inf).softmax(2)
    return torch.einsum("bmn,bnd->bmd", alpha, v), alpha
