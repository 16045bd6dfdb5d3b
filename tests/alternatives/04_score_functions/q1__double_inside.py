import torch


def cosine_score(q, k, beta):
    a, b = q.double(), k.double()
    lengths = (a**2).sum(-1)[:, :, None] * (b**2).sum(-1)[:, None]
    e = beta * (a @ b.mT) * lengths.clamp(min=1e-200).rsqrt()
    return e.to(q.dtype)
