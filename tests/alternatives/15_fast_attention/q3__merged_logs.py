import torch


def in_tiles(q, k, v, tile):
    sums, contexts = [], []
    for k_t, v_t in zip(k.split(tile, 1), v.split(tile, 1)):
        e = q @ k_t.transpose(1, 2) / q.shape[-1] ** 0.5
        sums.append(torch.logsumexp(e, -1))
        contexts.append(torch.softmax(e, -1) @ v_t)
    w = torch.softmax(torch.stack(sums), 0)
    return (w.unsqueeze(-1) * torch.stack(contexts)).sum(0)
