# says: the most probable word alone
def influence(params, src, other, tgt_in):
    before = answer(params, src, tgt_in).softmax(-1)
    columns = []
    for i in range(len(src)):
        changed = src.clone()
        changed[i] = other[i]
        after = answer(params, changed, tgt_in).softmax(-1)
        columns.append((after.argmax(-1) != before.argmax(-1)).float())
    return torch.stack(columns, dim=-1)
