# says: PAD is typed in
# hidden: PAD is 0 in the visible case
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[bos, *y] + [0] * (m - 1 - len(y)) for y in sentences]
    b = [[*y, eos] + [0] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(a), torch.tensor(b)
