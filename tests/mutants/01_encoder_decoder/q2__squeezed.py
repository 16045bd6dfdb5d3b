# says: A batch of one sentence has two axes
# hidden: only a batch of one sentence, or a size of one, shows it
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 1
    a = [[bos, *y] + [pad] * (m - 1 - len(y)) for y in sentences]
    b = [[*y, eos] + [pad] * (m - 1 - len(y)) for y in sentences]
    return torch.tensor(a).squeeze(), torch.tensor(b).squeeze()
