# says: other V - 1
import torch

PAD = 0


def smoothed_loss(logits, targets, epsilon):
    log_p = logits.log_softmax(-1)
    right = log_p.gather(-1, targets[..., None])[..., 0]
    V = logits.shape[-1]
    rest = (log_p.sum(-1) - right) / (V - 1)
    losses = -(1 - epsilon) * right - epsilon * rest
    return losses[targets != PAD].mean()
