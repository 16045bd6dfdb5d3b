# says: sum holds padding
import torch


def last_and_mean(h, lengths):
    d, n = h.shape[-1] // 2, h.shape[1]
    row = torch.arange(len(h))
    real = (torch.arange(n) < lengths[:, None])[..., None]
    total = h.masked_fill(~real, 0.0).sum(1)
    end = h[row, lengths - 1]
    last = torch.cat([end[:, :d], h[:, 0, d:]], -1)
    mean = h.sum(1) / lengths[:, None]
    return last, mean
