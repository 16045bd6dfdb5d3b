import torch


def window(p, lengths, n, D):
    b, m = p.shape
    out = torch.zeros(b, m, n, dtype=torch.bool)
    for r in range(b):
        for t in range(m):
            middle = round(float(p[r, t]))
            for i in range(max(0, middle - D), min(int(lengths[r]), middle + D + 1)):
                out[r, t, i] = True
    return out
