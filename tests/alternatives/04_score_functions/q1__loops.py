import torch


def cosine_score(q, k, beta):
    rows = []
    for queries, keys in zip(q, k):
        for x in queries:
            row = []
            for y in keys:
                lengths = x.norm() * y.norm()
                row.append(beta * (x @ y) / lengths if lengths > 0 else (x * y).sum())
            rows.append(torch.stack(row))
    return torch.stack(rows).view(q.shape[0], q.shape[1], k.shape[1])
