# says: changes its inputs
import torch


def masked_softmax(e, mask):
    e[~mask.expand_as(e)] = -torch.inf
    return torch.nan_to_num(e.softmax(-1))
