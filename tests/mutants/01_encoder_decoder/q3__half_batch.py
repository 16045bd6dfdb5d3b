# says: Only the first sentence
def masked_loss(logits, tgt_out, pad):
    log_p = logits.log_softmax(-1).gather(-1, tgt_out[..., None])[..., 0]
    return -log_p[0][tgt_out[0] != pad].mean()
