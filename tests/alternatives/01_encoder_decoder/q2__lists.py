def teacher_forcing(sentences, pad, bos, eos):
    """Plain lists until the end."""
    m = max(map(len, sentences)) + 1

    def filled(row):
        return row + [pad] * (m - len(row))

    tgt_in = torch.tensor([filled([bos, *y]) for y in sentences])
    return tgt_in, torch.tensor([filled([*y, eos]) for y in sentences])
