# says: softmax over all places
import torch


def topk_weights(e, mask, k):
    hidden = e.masked_fill(~mask, -torch.inf)
    return hidden.softmax(-1).nan_to_num(0.0)
