# says: Each sentence is averaged first
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    nll = F.cross_entropy(logits.mT, tgt_out, reduction="none")
    real = tgt_out != pad
    return ((nll * real).sum(1) / real.sum(1)).mean()
