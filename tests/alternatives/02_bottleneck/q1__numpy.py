import numpy as np

def error_by_length(hyps, refs, src_len, edges):
    e = np.array([edits(h, r) for h, r in zip(hyps, refs)], dtype=float)
    p = np.array([len(r) for r in refs], dtype=float)
    n = np.array(src_len)
    out = []
    for low, high in zip(edges, edges[1:]):
        pick = (n >= low) & (n < high)
        out.append(e[pick].sum() / p[pick].sum() if pick.any() else None)
    return out
