# says: rules is below
import torch


def write(lines, upper, part, tone):
    V = len(part)
    code = (lines[:, 0] * V + lines[:, 1]).flatten()
    answers = code.bincount(minlength=V * V).view(V, V)
    lower = torch.zeros_like(upper)
    for row, line in enumerate(upper):
        n = int((line != 0).sum())
        used = line[:n].tolist()
        for t in range(n):
            may = torch.ones(V, dtype=torch.bool)
            may[[0, 1, 2, 3, *used]] = False
            lower[row, t] = answers[line[t]].masked_fill(~may, -1).argmax()
            used.append(int(lower[row, t]))
    return lower
