# says: differences of logits
def influence(params, src, other, tgt_in):
    before = answer(params, src, tgt_in)
    columns = []
    for i in range(len(src)):
        changed = src.clone()
        changed[i] = other[i]
        columns.append((answer(params, changed, tgt_in) - before).abs().sum(-1) / 2)
    return torch.stack(columns, dim=-1)
