# says: The decoder's input is replaced too
def influence(params, src, other, tgt_in):
    before = answer(params, src, tgt_in).softmax(-1)
    columns = []
    for i in range(len(src)):
        changed, read = src.clone(), tgt_in.clone()
        changed[i] = other[i]
        if i < len(read):
            read[i] = other[i]
        after = answer(params, changed, read).softmax(-1)
        columns.append((after - before).abs().sum(-1) / 2)
    return torch.stack(columns, dim=-1)
