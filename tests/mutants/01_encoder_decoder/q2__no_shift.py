# says: That is tgt_in
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    rows = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(rows), torch.tensor(rows)
