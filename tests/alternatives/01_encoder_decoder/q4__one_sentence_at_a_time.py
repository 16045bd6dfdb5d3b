def greedy(params, s0, pad, bos, eos, max_len):
    """Each sentence alone, then padded."""
    rows = []
    for s in s0.split(1):
        y, tokens = torch.tensor([bos]), []
        while len(tokens) < max_len and (not tokens or tokens[-1] != eos):
            logits, s = step(params, y, s)
            y = logits.argmax(-1)
            tokens.append(int(y))
        rows.append(tokens)
    width = max(len(row) for row in rows)
    return torch.tensor([row + [pad] * (width - len(row)) for row in rows])
