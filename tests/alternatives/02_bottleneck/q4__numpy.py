import numpy as np

def influence(params, src, other, tgt_in):
    p = answer(params, src, tgt_in).softmax(-1).numpy()
    out = np.zeros((len(tgt_in), len(src)), dtype=p.dtype)
    for i in range(len(src)):
        ids = src.tolist()
        ids[i] = int(other[i])
        q = answer(params, torch.tensor(ids), tgt_in).softmax(-1).numpy()
        out[:, i] = np.abs(p - q).sum(1) / 2
    return torch.tensor(out)
