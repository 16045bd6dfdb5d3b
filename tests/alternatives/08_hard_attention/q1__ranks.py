import torch


def topk_weights(e, mask, k):
    hidden = e.masked_fill(~mask, -torch.inf)
    rank = hidden.argsort(-1, descending=True).argsort(-1)
    chosen = (rank < k) & mask
    return chosen.to(e) / chosen.sum(-1, keepdim=True).clamp(min=1)
