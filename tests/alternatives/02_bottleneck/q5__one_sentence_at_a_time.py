def summaries(x, src_len, forward, backward):
    """Each sentence cut to its own length."""
    right, left = [], []
    for sentence, length in zip(x, src_len, strict=True):
        own = sentence[:length]
        right.append(run(own, *forward)[-1])
        left.append(run(own.flip(0), *backward)[-1])
    return torch.stack(right), torch.stack(left)
