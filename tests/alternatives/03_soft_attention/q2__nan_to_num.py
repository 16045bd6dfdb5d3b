import torch


def masked_softmax(e, mask):
    alpha = torch.softmax(e.masked_fill(~mask, -torch.inf), dim=-1)
    return torch.nan_to_num(alpha, nan=0.0)
