# says: take log_softmax
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    return F.nll_loss(logits.mT, tgt_out, ignore_index=pad)
