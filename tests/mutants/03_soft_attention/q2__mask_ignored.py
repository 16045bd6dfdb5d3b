# says: The mask is not used
import torch


def masked_softmax(e, mask):
    return torch.softmax(e, -1)
