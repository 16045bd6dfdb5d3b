# says: compares with the column before
def influence(params, src, other, tgt_in):
    before = answer(params, src, tgt_in).softmax(-1)
    columns, changed = [], src.clone()
    for i in range(len(src)):
        changed[i] = other[i]
        after = answer(params, changed, tgt_in).softmax(-1)
        columns.append((after - before).abs().sum(-1) / 2)
        before = after
    return torch.stack(columns, dim=-1)
