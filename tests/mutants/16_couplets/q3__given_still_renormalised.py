# says: not renormalised
import torch


def bound_step(log_prob, logits, allowed, width):
    left = logits.masked_fill(~allowed, -torch.inf)
    log_p = logits - left.logsumexp(-1, keepdim=True)
    total = (log_prob[:, None] + log_p).masked_fill(~allowed, -torch.inf).flatten()
    best, where = total.topk(min(width, int(allowed.sum())))
    return best, where // logits.shape[1], where % logits.shape[1]
