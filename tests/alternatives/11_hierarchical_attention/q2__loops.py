import torch


def two_levels(h, n_words, word, sentence):
    def pool(x, W, bias, u):
        a = torch.softmax(torch.tanh(x @ W.T + bias) @ u, 0)
        return a @ x, a

    out, shares = [], []
    for d in range(len(h)):
        vectors, rows = [], []
        for i in range(h.shape[1]):
            n = int(n_words[d, i])
            if n:
                s, a = pool(h[d, i, :n], *word)
                vectors.append(s)
                rows.append((i, a))
        v, b = pool(torch.stack(vectors), *sentence)
        share = [h.new_zeros(h.shape[2]) for _ in range(h.shape[1])]
        for (i, a), weight in zip(rows, b):
            share[i] = torch.cat([weight * a, h.new_zeros(h.shape[2] - len(a))])
        out.append(v)
        shares.append(torch.stack(share))
    return torch.stack(out), torch.stack(shares)
