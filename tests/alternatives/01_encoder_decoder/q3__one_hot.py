def masked_loss(logits, tgt_out, pad):
    """Picks by a comparison with all words."""
    words = torch.arange(logits.shape[-1])
    hit = tgt_out[..., None] == words
    log_p = torch.where(hit, logits.log_softmax(-1), 0.0).sum(-1)
    return -log_p[tgt_out != pad].sum() / (tgt_out != pad).sum()
