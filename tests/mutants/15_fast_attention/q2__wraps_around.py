# says: wrong values | not right
import torch


def windowed(q, k, v, D):
    n, d = q.shape[1:]
    i = torch.arange(n)[:, None] + torch.arange(-D, 1)
    K, V = k[:, i % n], v[:, i % n]
    e = (q[:, :, None] * K).sum(-1) / d**0.5
    alpha = e.softmax(-1)
    return (alpha[..., None] * V).sum(2)
