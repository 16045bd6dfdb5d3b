import torch


def weighted_pooling(p, q, w):
    xs, us = [], []
    for rows, others in zip(p, q):
        a = torch.stack([sum(1 / (1 + (r - o).norm()) for o in others) for r in rows])
        span = range(len(rows) - w + 1)
        parts = [sum(a[k] * rows[k] for k in range(i, i + w)) for i in span]
        xs.append(torch.stack(parts))
        us.append(a @ rows / a.sum())
    return torch.stack(xs), torch.stack(us)
