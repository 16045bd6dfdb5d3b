import torch


def with_notes(x, y, W, mask_x, mask_y):
    pairs = []
    for s in range(len(x)):
        rows = []
        for i in range(x.shape[1]):
            row = []
            for j in range(y.shape[1]):
                a = 1 / (1 + torch.linalg.vector_norm(x[s, i] - y[s, j]))
                row.append(a if mask_x[s, i] and mask_y[s, j] else a * 0)
            rows.append(torch.stack(row))
        pairs.append(torch.stack(rows))
    A = torch.stack(pairs)
    n, m = A.shape[1], A.shape[2]
    return torch.cat([x, A @ W[:m]], 2), torch.cat([y, A.mT @ W[:n]], 2)
