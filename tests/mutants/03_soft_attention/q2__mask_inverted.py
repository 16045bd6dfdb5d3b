# says: upside down
import torch


def masked_softmax(e, mask):
    alpha = e.masked_fill(mask, -torch.inf).softmax(-1)
    return torch.nan_to_num(alpha)
