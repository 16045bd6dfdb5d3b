def summaries(x, src_len, forward, backward):
    """Reversed as a whole, then each row rolled so that its padding comes last."""
    n, last = x.shape[1], (src_len - 1)[:, None, None]
    left = torch.stack(
        [
            row.flip(0).roll(int(length) - n, 0)
            for row, length in zip(x, src_len, strict=True)
        ]
    )
    states = run(x, *forward), run(left, *backward)
    right, left = (h.gather(1, last.expand(-1, 1, h.shape[-1])) for h in states)
    return right.squeeze(1), left.squeeze(1)
