import torch


def attention_pool(h, lengths, W, w, u):
    hidden = torch.einsum("bnd,ad->bna", h, W).add(w).tanh()
    e = torch.einsum("bna,a->bn", hidden, u)
    padding = torch.arange(h.size(1)).expand_as(e) >= lengths.unsqueeze(1)
    alpha = e.masked_fill(padding, float("-inf")).softmax(1).nan_to_num(0.0)
    return torch.einsum("bn,bnd->bd", alpha, h), alpha
