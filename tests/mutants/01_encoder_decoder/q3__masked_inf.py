# says: Minus infinity is no 0
# hidden: the statement names the infinite logit, and it is left to the learner to try
def masked_loss(logits, tgt_out, pad):
    log_p = logits.nan_to_num(neginf=0.0).log_softmax(-1).gather(-1, tgt_out[..., None])[..., 0]
    return -log_p[tgt_out != pad].mean()
