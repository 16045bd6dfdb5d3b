# says: exchanged
import torch


def windowed(q, k, v, D):
    q, k = k, q
    n, d = q.shape[1:]
    i = torch.arange(n)[:, None] + torch.arange(-D, 1)
    K, V = k[:, i.clamp(min=0)], v[:, i.clamp(min=0)]
    e = (q[:, :, None] * K).sum(-1) / d**0.5
    alpha = e.masked_fill(i < 0, -torch.inf).softmax(-1)
    return (alpha[..., None] * V).sum(2)
