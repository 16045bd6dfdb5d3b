# says: First forbid
import torch


def bound_step(log_prob, logits, allowed, width):
    log_p = logits - logits.logsumexp(-1, keepdim=True)
    best, where = (log_prob[:, None] + log_p).flatten().topk(width)
    parents, tokens = where // logits.shape[1], where % logits.shape[1]
    kept = allowed[parents, tokens]
    return best[kept], parents[kept], tokens[kept]
