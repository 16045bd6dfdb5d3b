# says: leave the padded positions out
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    real = (tgt_out != pad)[..., None]
    return F.cross_entropy((logits * real).mT, tgt_out)
