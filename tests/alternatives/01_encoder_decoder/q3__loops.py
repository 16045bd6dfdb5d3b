def masked_loss(logits, tgt_out, pad):
    """One token at a time, in double precision."""
    total, count = torch.zeros((), dtype=torch.float64), 0
    for row, targets in zip(logits.double(), tgt_out, strict=True):
        for scores, y in zip(row, targets, strict=True):
            if y != pad:
                total += scores.logsumexp(0) - scores[y]
                count += 1
    return (total / count).to(logits.dtype)
