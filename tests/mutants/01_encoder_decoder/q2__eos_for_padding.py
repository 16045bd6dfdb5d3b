# says: EOS is on every place after the sentence
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in sentences]
    b = [y + [eos] * (m - len(y)) for y in sentences]
    return torch.tensor(a), torch.tensor(b)
