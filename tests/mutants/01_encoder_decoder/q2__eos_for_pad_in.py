# says: There is EOS in tgt_in
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[bos, *y] + [eos] * (m - 1 - len(y)) for y in sentences]
    b = [[*y, eos] + [pad] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(a), torch.tensor(b)
