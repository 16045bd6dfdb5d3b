# says: shifted already
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    return F.cross_entropy(logits[:, :-1].mT, tgt_out[:, 1:], ignore_index=pad)
