import torch


def distinct_n(answers, n):
    ids = {w: i for i, w in enumerate(sorted({w for a in answers for w in a}))}
    rows = [torch.tensor([ids[w] for w in a]).unfold(0, n, 1) for a in answers if len(a) >= n]
    if not rows:
        return torch.tensor(0.0)
    every = torch.cat(rows)
    return torch.tensor(len(every.unique(dim=0)) / len(every), dtype=torch.float64)
