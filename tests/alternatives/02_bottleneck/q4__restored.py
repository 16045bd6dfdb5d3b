def influence(params, src, other, tgt_in):
    base = answer(params, src, tgt_in).softmax(-1)
    out = torch.empty(len(tgt_in), len(src), dtype=base.dtype)
    for i in range(len(src)):
        keep = src[i].item()
        src[i] = other[i]
        out[:, i] = (answer(params, src, tgt_in).softmax(-1) - base).abs().sum(1) * 0.5
        src[i] = keep
    return out
