def masked_loss(logits, tgt_out, pad):
    """All positions at once; the padded ones are set to 0, not multiplied by it."""
    log_p = torch.log_softmax(logits, dim=-1)
    nll = -log_p.gather(2, tgt_out.unsqueeze(2)).squeeze(2)
    padding = tgt_out == pad
    return nll.masked_fill(padding, 0.0).sum() / (~padding).sum()
