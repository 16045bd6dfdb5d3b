# says: sorted by length
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    sentences = sorted(sentences, key=len, reverse=True)
    a = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in sentences]
    b = [[*y, eos] + [pad] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(a), torch.tensor(b)
