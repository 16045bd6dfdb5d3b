import torch


def attention_pool(h, lengths, W, w, u):
    c, weights = [], []
    for x, n in zip(h, lengths.tolist()):
        e = torch.stack([(W @ y + w).tanh().dot(u) for y in x])[:n]
        a = e.exp() / e.exp().sum() if n else e
        c.append((a[:, None] * x[:n]).sum(0))
        weights.append(torch.cat([a, x.new_zeros(len(x) - n)]))
    return torch.stack(c), torch.stack(weights)
