# says: 0 times infinity
# hidden: the statement names the infinite logit, and it is left to the learner to try
import torch.nn.functional as F


def masked_loss(logits, tgt_out, pad):
    nll = F.cross_entropy(logits.mT, tgt_out, reduction="none")
    real = tgt_out != pad
    return (nll * real).sum() / real.sum()
