def influence(params, src, other, tgt_in):
    """Entry by entry."""
    with torch.no_grad():
        out = torch.zeros(len(tgt_in), len(src), dtype=params["G"].dtype)
        p = torch.softmax(answer(params, src, tgt_in), dim=1)
        for i in range(len(src)):
            changed = torch.cat([src[:i], other[i : i + 1], src[i + 1 :]])
            q = torch.softmax(answer(params, changed, tgt_in), dim=1)
            for t in range(len(tgt_in)):
                out[t, i] = sum(abs(a - b) for a, b in zip(p[t], q[t], strict=True)) / 2
    return out
