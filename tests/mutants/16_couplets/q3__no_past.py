# says: line so far is missing
import torch


def bound_step(log_prob, logits, allowed, width):
    V = logits.shape[1]
    total = logits.log_softmax(-1)
    total = total.masked_fill(~allowed, -torch.inf).flatten()
    best, where = total.topk(min(width, int(allowed.sum())))
    return best, where // V, where % V
