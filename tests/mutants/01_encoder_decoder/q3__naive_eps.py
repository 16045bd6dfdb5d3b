# says: added inside the log
# hidden: visible logits are small
def masked_loss(logits, tgt_out, pad):
    log_p = (logits.softmax(-1) + 1e-9).log().gather(-1, tgt_out[..., None])[..., 0]
    return -log_p[tgt_out != pad].mean()
