# says: Forbidden lines are not left out
import torch


def bound_step(log_prob, logits, allowed, width):
    V = logits.shape[1]
    total = log_prob[:, None] + logits.log_softmax(-1)
    total = total.flatten()
    best, where = total.topk(min(width, total.numel()))
    return best, where // V, where % V
