import torch


def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, torch.finfo(e.dtype).min).softmax(-1)
    return alpha.masked_fill(~mask, 0.0)
