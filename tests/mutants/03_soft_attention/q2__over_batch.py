# says: over the batch
import torch


def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, -torch.inf).softmax(0)
    return torch.nan_to_num(alpha)
