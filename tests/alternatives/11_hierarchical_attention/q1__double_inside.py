import torch
from torch.nn import functional as F


def attention_pool(h, lengths, W, w, u):
    e = F.linear(torch.tanh(F.linear(h.double(), W.double(), w.double())), u.double()[None])
    real = torch.arange(h.shape[1])[None, :, None] < lengths[:, None, None]
    p = torch.where(real, (e - e.detach().amax(1, keepdim=True)).exp(), 0.0)
    alpha = p / p.sum(1, keepdim=True).clamp(min=1e-300)
    c = (alpha * h.double()).sum(1)
    return c.to(h.dtype), alpha[..., 0].to(h.dtype)
