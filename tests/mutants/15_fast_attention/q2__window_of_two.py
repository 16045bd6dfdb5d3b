# says: wrong values | not right
import torch


def windowed(q, k, v, D):
    n, d = q.shape[1:]
    i = torch.arange(n)[:, None] + torch.arange(-2, 1)
    K, V = k[:, i.clamp(min=0)], v[:, i.clamp(min=0)]
    e = (q[:, :, None] * K).sum(-1) / d**0.5
    alpha = e.masked_fill(i < 0, -torch.inf).softmax(-1)
    return (alpha[..., None] * V).sum(2)
