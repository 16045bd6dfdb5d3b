# says: changes its inputs
import torch


def bound_step(log_prob, logits, allowed, width):
    logits -= logits.logsumexp(-1, keepdim=True)
    V = logits.shape[1]
    total = log_prob[:, None] + logits.log_softmax(-1)
    total = total.masked_fill(~allowed, -torch.inf).flatten()
    best, where = total.topk(min(width, int(allowed.sum())))
    return best, where // V, where % V
