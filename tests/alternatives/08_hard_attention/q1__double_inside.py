import torch


def topk_weights(e, mask, k):
    hidden = e.double().masked_fill(~mask, -1e30)
    best = hidden.topk(min(k, e.shape[-1])).indices
    chosen = torch.zeros_like(hidden).scatter(-1, best, 1.0).masked_fill(~mask, 0)
    return (chosen / chosen.sum(-1, keepdim=True).clamp(min=1)).to(e.dtype)
