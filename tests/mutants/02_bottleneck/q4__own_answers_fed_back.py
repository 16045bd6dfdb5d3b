# says: The decoder reads its own words
def influence(params, src, other, tgt_in):
    before = answer(params, src, tgt_in).softmax(-1)
    columns = []
    for i in range(len(src)):
        changed = src.clone()
        changed[i] = other[i]
        read = tgt_in.clone()
        read[1:] = answer(params, changed, tgt_in).argmax(-1)[:-1]
        after = answer(params, changed, read).softmax(-1)
        columns.append((after - before).abs().sum(-1) / 2)
    return torch.stack(columns, dim=-1)
