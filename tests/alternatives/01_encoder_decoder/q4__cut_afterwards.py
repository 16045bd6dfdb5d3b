def greedy(params, s0, pad, bos, eos, max_len):
    """Writes max_len tokens for all, then finds the ends and cuts."""
    s, y, tokens = s0, torch.full((len(s0),), bos), []
    for _ in range(max_len):
        logits, s = step(params, y, s)
        y = logits.max(-1).indices
        tokens.append(y)
    tokens = torch.stack(tokens, dim=1)
    ends = tokens == eos
    ended_before = (ends.cumsum(1) - ends.long()) > 0
    tokens = torch.where(ended_before, pad, tokens)
    return tokens[:, : int((~ended_before).sum(1).max())]
