# says: Both mistakes are still there
import torch


def bound_step(log_prob, logits, allowed, width):
    left = logits.masked_fill(~allowed, -torch.inf)
    log_p = logits - left.logsumexp(-1, keepdim=True)
    best, where = (log_prob[:, None] + log_p).flatten().topk(width)
    parents, tokens = where // logits.shape[1], where % logits.shape[1]
    kept = allowed[parents, tokens]
    return best[kept], parents[kept], tokens[kept]
