import torch


def tones_kept(upper, lower):
    out = []
    for x, y in zip(upper.tolist(), lower.tolist()):
        good = y[-1] == 1 and x[-1] == -1
        for t in range(1, len(x), 2):
            good = good and x[t] + y[t] == 0
        out.append(good)
    return torch.tensor(out)
