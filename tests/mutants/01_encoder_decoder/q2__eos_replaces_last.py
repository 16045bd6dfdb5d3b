# says: EOS stands in the place of the last token
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences))
    a = [[bos, *y[:-1]] + [pad] * (m - len(y)) for y in sentences]
    b = [[*y[:-1], eos] + [pad] * (m - len(y)) for y in sentences]
    return torch.tensor(a), torch.tensor(b)
