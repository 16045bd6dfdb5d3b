# says: best of each line | wrong | shape
import torch


def bound_step(log_prob, logits, allowed, width):
    V = logits.shape[1]
    total = log_prob[:, None] + logits.log_softmax(-1)
    total = total.masked_fill(~allowed, -torch.inf)
    total = total.masked_fill(total < total.amax(1, keepdim=True), -torch.inf)
    total = total.flatten()
    best, where = total.topk(min(width, int(total.isfinite().sum())))
    return best, where // V, where % V
