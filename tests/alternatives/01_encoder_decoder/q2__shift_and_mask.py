def teacher_forcing(sentences, pad, bos, eos):
    """tgt_out first; tgt_in is its shift, with the EOS that moved in taken out."""
    lengths = torch.tensor([len(y) for y in sentences])
    place = torch.arange(int(lengths.max()) + 1)
    tgt_out = torch.full((len(sentences), len(place)), pad)
    for row, y in zip(tgt_out, sentences, strict=True):
        row[: len(y)] = torch.tensor(y, dtype=torch.int64)
    tgt_in = tgt_out.roll(1, dims=1)
    tgt_in[:, 0] = bos
    tgt_out = torch.where(place == lengths[:, None], eos, tgt_out)
    return tgt_in, tgt_out
