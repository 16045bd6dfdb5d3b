# says: A token with the loss 0
# hidden: no visible loss is 0
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    nll = F.cross_entropy(logits.mT, tgt_out, reduction="none", ignore_index=pad)
    real = tgt_out != pad
    return nll[nll != 0].mean()
