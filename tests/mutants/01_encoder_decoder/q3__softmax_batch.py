# says: not over the batch
def masked_loss(logits, tgt_out, pad):
    log_p = logits.log_softmax(0).gather(-1, tgt_out[..., None])[..., 0]
    return -log_p[tgt_out != pad].mean()
