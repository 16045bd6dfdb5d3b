# says: The last position
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    nll = F.cross_entropy(logits.mT, tgt_out, reduction="none", ignore_index=pad)
    real = tgt_out != pad
    return nll[:, :-1].sum() / real[:, :-1].sum()
