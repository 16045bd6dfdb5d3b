# says: contains | shape | out of range
# hidden: in the visible case more lines are allowed than asked for
import torch


def bound_step(log_prob, logits, allowed, width):
    V = logits.shape[1]
    total = log_prob[:, None] + logits.log_softmax(-1)
    total = total.masked_fill(~allowed, -torch.inf).flatten()
    best, where = total.topk(width)
    return best, where // V, where % V
