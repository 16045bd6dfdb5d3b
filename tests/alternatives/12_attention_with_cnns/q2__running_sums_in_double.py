import torch


def weighted_pooling(p, q, w):
    P, Q = p.double(), q.double()
    a = (1 / (1 + (P[:, :, None] - Q[:, None]).pow(2).sum(-1).sqrt())).sum(2)
    total = torch.einsum("bn,bnd->bnd", a, P).cumsum(1)
    before = torch.cat([torch.zeros_like(total[:, :1]), total], 1)
    x = before[:, w:] - before[:, : total.shape[1] - w + 1]
    u = total[:, -1] / a.sum(1, keepdim=True)
    return x.to(p.dtype), u.to(p.dtype)
