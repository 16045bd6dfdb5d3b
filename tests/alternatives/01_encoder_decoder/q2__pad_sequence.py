def teacher_forcing(sentences, pad, bos, eos):
    """Torch's own padding."""
    rows = [torch.tensor(y, dtype=torch.int64) for y in sentences]
    first, last = torch.tensor([bos]), torch.tensor([eos])
    tgt_in, tgt_out = (
        torch.nn.utils.rnn.pad_sequence(r, batch_first=True, padding_value=pad)
        for r in (
            [torch.cat([first, y]) for y in rows],
            [torch.cat([y, last]) for y in rows],
        )
    )
    return tgt_in, tgt_out
