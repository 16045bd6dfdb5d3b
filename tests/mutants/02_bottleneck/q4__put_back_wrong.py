# says: changes its inputs
def influence(params, src, other, tgt_in):
    before = answer(params, src, tgt_in).softmax(-1)
    columns = []
    for i in range(len(src)):
        kept = int(src[i])
        src[i] = other[i]
        after = answer(params, src, tgt_in).softmax(-1)
        columns.append((after - before).abs().sum(-1) / 2)
        src[i] = kept
    other.copy_(src)
    return torch.stack(columns, dim=-1)
