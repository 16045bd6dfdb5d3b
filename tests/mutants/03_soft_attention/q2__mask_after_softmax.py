# says: came after the softmax
import torch


def masked_softmax(e, mask):
    return torch.softmax(e, -1) * mask
