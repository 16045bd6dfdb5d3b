# says: There is EOS in tgt_in
def teacher_forcing(sentences, pad, bos, eos):
    m = max(map(len, sentences)) + 2
    whole = [[bos, *y, eos] for y in sentences]
    whole = torch.tensor([row + [pad] * (m - len(row)) for row in whole])
    return whole[:, :-1], whole[:, 1:]
