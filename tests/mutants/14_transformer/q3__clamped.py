# says: wrong values | not right
# hidden: only large logits overflow
import torch

PAD = 0


def smoothed_loss(logits, targets, epsilon):
    log_p = (logits.softmax(-1) + 1e-9).log()
    right = log_p.gather(-1, targets[..., None])[..., 0]
    losses = -(1 - epsilon) * right - epsilon * log_p.mean(-1)
    return losses[targets != PAD].mean()
