import math

import torch


def bilinear_attend(q, k, v, W, mask):
    query = torch.nn.functional.linear(q, W.T) / math.sqrt(W.shape[0])
    e = torch.baddbmm(torch.zeros((), dtype=q.dtype), query, k.mT)
    e = torch.where(mask, e, torch.finfo(e.dtype).min)
    alpha = torch.exp(e - e.logsumexp(-1, keepdim=True))
    return torch.bmm(alpha, v), alpha
