# says: changes its inputs
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in sentences]
    for y in sentences:
        y.append(eos)
        y.extend([pad] * (m - len(y)))
    return torch.tensor(a), torch.tensor(sentences)
