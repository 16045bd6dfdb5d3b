# says: An empty sentence has a row too
# hidden: the statement names the empty sentence, and it is left to the learner to try
def teacher_forcing(sentences, pad, bos, eos):
    kept = [y for y in sentences if y]
    m = max(map(len, kept)) + 1
    a = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in kept]
    b = [[*y, eos] + [pad] * (m - 1 - len(y)) for y in kept]
    return torch.tensor(a), torch.tensor(b)
