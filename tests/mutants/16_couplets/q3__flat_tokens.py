# says: put end to end
import torch


def bound_step(log_prob, logits, allowed, width):
    V = logits.shape[1]
    total = log_prob[:, None] + logits.log_softmax(-1)
    total = total.masked_fill(~allowed, -torch.inf).flatten()
    best, where = total.topk(min(width, int(allowed.sum())))
    return best, where // V, where
