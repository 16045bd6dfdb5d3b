def masked_loss(logits, tgt_out, pad):
    keep = tgt_out.ne(pad)
    rows, y = logits[keep], tgt_out[keep]
    return (rows.logsumexp(1) - rows[torch.arange(len(y)), y]).mean()
