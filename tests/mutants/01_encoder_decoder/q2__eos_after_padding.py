# says: EOS stands after the padding
def teacher_forcing(sentences, pad, bos, eos):
    n = max(map(len, sentences))
    filled = [y + [pad] * (n - len(y)) for y in sentences]
    tgt_in = torch.tensor([[bos, *y] for y in filled])
    return tgt_in, torch.tensor([[*y, eos] for y in filled])
