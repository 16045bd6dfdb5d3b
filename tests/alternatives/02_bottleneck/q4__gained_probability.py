def influence(params, src, other, tgt_in):
    """What is gained somewhere is lost elsewhere: the gains alone are half the sum."""
    weights = {name: w.double() for name, w in params.items()}
    p = answer(weights, src, tgt_in).softmax(-1)
    out = []
    for i in range(len(src)):
        changed = src.index_fill(0, torch.tensor([i]), int(other[i]))
        out.append((answer(weights, changed, tgt_in).softmax(-1) - p).relu().sum(-1))
    return torch.stack(out, 1).to(params["G"].dtype)
