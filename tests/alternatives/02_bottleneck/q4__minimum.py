def influence(params, src, other, tgt_in):
    def p(s):
        return torch.softmax(answer(params, s, tgt_in), -1)
    base = p(src)
    cols = []
    for i, token in enumerate(other):
        new = src.clone()
        new[i] = token
        cols.append(1 - torch.minimum(base, p(new)).sum(-1, keepdim=True))
    return torch.cat(cols, 1)
