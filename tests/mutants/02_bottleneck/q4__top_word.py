# says: the most probable word's probability
def influence(params, src, other, tgt_in):
    before = answer(params, src, tgt_in).softmax(-1)
    columns = []
    for i in range(len(src)):
        changed = src.clone()
        changed[i] = other[i]
        after = answer(params, changed, tgt_in).softmax(-1)
        columns.append((after - before).gather(-1, before.argmax(-1, keepdim=True))[..., 0].abs())
    return torch.stack(columns, dim=-1)
