# says: EOS is a real token
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    return F.cross_entropy(logits.mT, tgt_out.where(tgt_out > 2, pad), ignore_index=pad)
