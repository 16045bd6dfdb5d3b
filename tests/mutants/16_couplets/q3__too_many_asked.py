# says: stopped | RuntimeError | out of range
# hidden: few lines are allowed in the hidden case alone, as the text says they may be
import torch


def bound_step(log_prob, logits, allowed, width):
    total = log_prob[:, None] + logits.log_softmax(-1)
    total = total.masked_fill(~allowed, -torch.inf).flatten()
    best, where = total.topk(width)
    kept = best > -torch.inf
    best, where = best[kept], where[kept]
    return best, where // logits.shape[1], where % logits.shape[1]
