# says: epsilon is not used
import torch

PAD = 0


def smoothed_loss(logits, targets, epsilon):
    log_p = logits.log_softmax(-1)
    right = log_p.gather(-1, targets[..., None])[..., 0]
    losses = -right
    return losses[targets != PAD].mean()
