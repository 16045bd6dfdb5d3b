# says: expected the inputs'
import torch


def masked_softmax(e, mask):
    alpha = e.double().masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha.masked_fill(~mask, 0.0)
