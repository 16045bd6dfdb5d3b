# says: The mean is taken of p
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    nll = F.cross_entropy(logits.mT, tgt_out, reduction="none")
    return (-nll)[tgt_out != pad].exp().mean()
