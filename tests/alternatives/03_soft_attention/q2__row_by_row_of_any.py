import torch


def masked_softmax(e, mask):
    e = e.masked_fill(mask == 0, float("-inf"))
    sees = mask.any(dim=-1, keepdim=True)
    alpha = torch.where(sees, e, 0.0).softmax(dim=-1)
    return torch.where(sees, alpha, 0.0).to(e.dtype)
