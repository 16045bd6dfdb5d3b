# says: lowest scores
import torch


def topk_weights(e, mask, k):
    hidden = (-e).masked_fill(~mask, -torch.inf)
    best = hidden.topk(min(k, e.shape[-1]), dim=-1).indices
    chosen = torch.zeros_like(e).scatter(-1, best, 1.0) * mask
    return chosen / chosen.sum(-1, keepdim=True).clamp(min=1)
