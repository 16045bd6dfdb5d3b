# says: not renormalised
import torch


def bound_step(log_prob, logits, allowed, width):
    V = logits.shape[1]
    total = log_prob[:, None] + logits.masked_fill(~allowed, -torch.inf).log_softmax(-1)
    total = total.nan_to_num(-1e9).masked_fill(~allowed, -torch.inf).flatten()
    best, where = total.topk(min(width, int(allowed.sum())))
    return best, where // V, where % V
