def greedy(params, s0, pad, bos, eos, max_len):
    """Goes on with the sentences that have not ended."""
    out = torch.full((len(s0), max_len), pad)
    active, s = torch.arange(len(s0)), s0
    y = torch.full((len(s0),), bos)
    for t in range(max_len):
        logits, s = step(params, y, s)
        y = logits.argmax(-1)
        out[active, t] = y
        going = y != eos
        active, s, y = active[going], s[going], y[going]
        if not len(active):
            return out[:, : t + 1]
    return out
