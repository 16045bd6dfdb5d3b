# says: an empty sentence
# hidden: the statement names the empty sentence, and it is left to the learner to try
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in sentences]
    b = [[*y[:-1], y[-1], eos] + [pad] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(a), torch.tensor(b)
