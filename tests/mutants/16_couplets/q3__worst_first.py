# says: The smallest | reverse | order | not right | wrong values
import torch


def bound_step(log_prob, logits, allowed, width):
    V = logits.shape[1]
    total = log_prob[:, None] + logits.log_softmax(-1)
    total = total.masked_fill(~allowed, -torch.inf).flatten()
    best, where = total.topk(min(width, int(allowed.sum())))
    best, where = best.flip(0), where.flip(0)
    return best, where // V, where % V
