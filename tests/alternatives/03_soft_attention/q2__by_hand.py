import torch


def masked_softmax(e, mask):
    hidden = torch.where(mask, e, torch.finfo(e.dtype).min)
    p = torch.exp(e - hidden.amax(-1, keepdim=True)).masked_fill(~mask, 0.0)
    total = p.sum(-1, keepdim=True)
    return p / torch.where(total == 0, 1.0, total).to(e.dtype)
