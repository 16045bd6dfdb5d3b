# says: 0 times infinity
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    nll = F.cross_entropy(logits.mT, tgt_out, reduction="none")
    real = tgt_out != pad
    return (nll * real).sum() / real.sum()
