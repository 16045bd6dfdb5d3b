import torch
from torch.nn import functional as F


def local_m_step(q, h, t, D):
    n = h.shape[1]
    padded = F.pad(h, (0, 0, D, 2 * D + 1 + max(0, t - n)))
    i = torch.arange(t - D, t + D + 1)
    real = (i >= 0) & (i < n)
    inside = padded[:, t : t + 2 * D + 1]
    e = (inside * q[:, None]).sum(-1).masked_fill(~real, torch.finfo(q.dtype).min)
    weights = e.softmax(-1) * real
    alpha = h.new_zeros(h.shape[:2])
    alpha = alpha.index_add(1, i.clamp(0, n - 1), weights)
    return (weights.unsqueeze(1) @ inside).squeeze(1), alpha
