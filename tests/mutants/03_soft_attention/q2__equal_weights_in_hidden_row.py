# says: Equal scores give
import torch


def masked_softmax(e, mask):
    return e.masked_fill(~mask, torch.finfo(e.dtype).min).softmax(-1)
