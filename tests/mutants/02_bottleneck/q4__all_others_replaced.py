# says: the other way round
def influence(params, src, other, tgt_in):
    before = answer(params, src, tgt_in).softmax(-1)
    columns = []
    for i in range(len(src)):
        changed = other.clone()
        changed[i] = src[i]
        after = answer(params, changed, tgt_in).softmax(-1)
        columns.append((after - before).abs().sum(-1) / 2)
    return torch.stack(columns, dim=-1)
