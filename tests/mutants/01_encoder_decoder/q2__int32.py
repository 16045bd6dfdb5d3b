# says: expected the inputs
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in sentences]
    b = [[*y, eos] + [pad] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(a).int(), torch.tensor(b).int()
