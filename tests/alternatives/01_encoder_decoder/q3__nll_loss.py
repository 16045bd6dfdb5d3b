import torch.nn.functional as F

def masked_loss(logits, tgt_out, pad):
    log_p = F.log_softmax(logits, -1)
    return F.nll_loss(log_p.transpose(1, 2), tgt_out, ignore_index=pad)
