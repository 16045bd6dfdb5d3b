# says: use -inf
import torch


def bound_step(log_prob, logits, allowed, width):
    total = (log_prob[:, None] + logits.log_softmax(-1)) * allowed
    best, where = total.flatten().topk(min(width, int(allowed.sum())))
    return best, where // logits.shape[1], where % logits.shape[1]
