# says: There is BOS in tgt_out
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in sentences]
    b = [[bos, *y, eos] + [pad] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(a), torch.tensor(b)
