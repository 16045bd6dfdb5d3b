import torch


def masked_softmax(e, mask):
    hidden = e.double().masked_fill(~mask, -torch.inf)
    total = hidden.logsumexp(-1, keepdim=True)
    alpha = torch.exp(hidden - total)
    return torch.where(mask, alpha, 0.0).to(e.dtype)
