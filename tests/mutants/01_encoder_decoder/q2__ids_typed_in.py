# says: is typed in
# hidden: the visible ids are 0, 1 and 2, which is what anybody would type
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[1, *y] + [0] * (m - 1 - len(y)) for y in sentences]
    b = [[*y, 2] + [0] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(a), torch.tensor(b)
