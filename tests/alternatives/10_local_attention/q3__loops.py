import torch


def local_m_step(q, h, t, D):
    c, alpha = torch.zeros_like(q), torch.zeros(h.shape[:2], dtype=h.dtype)
    i = [j for j in range(h.shape[1]) if -D <= j - t <= D]
    if not i:
        return c + 0 * q, alpha
    rows, contexts = [], []
    for b in range(len(q)):
        w = torch.exp(torch.stack([h[b, j].dot(q[b]) for j in i]))
        w = w / w.sum()
        contexts.append(sum(x * h[b, j] for x, j in zip(w, i)))
        rows.append(alpha[b].index_put((torch.tensor(i),), w))
    return torch.stack(contexts), torch.stack(rows)
