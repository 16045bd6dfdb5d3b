import torch


def topk_weights(e, mask, k):
    hidden = e.masked_fill(~mask, torch.finfo(e.dtype).min)
    least = hidden.sort(-1, descending=True).values[..., : k][..., -1:]
    chosen = ((hidden >= least) & mask).type_as(e)
    total = chosen.sum(-1, keepdim=True)
    return torch.where(total > 0, chosen / total.clamp(min=1), chosen)
