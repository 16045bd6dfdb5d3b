# says: Those are bits
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    return F.cross_entropy(logits.mT, tgt_out, ignore_index=pad) / 0.6931471805599453
