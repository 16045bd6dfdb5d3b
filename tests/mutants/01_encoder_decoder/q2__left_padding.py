# says: The padding belongs on the right
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[pad] * (m - 1 - len(y)) + [bos, *y] for y in sentences]
    b = [[pad] * (m - 1 - len(y)) + [*y, eos] for y in sentences]
    return torch.tensor(a), torch.tensor(b)
