import math

import torch


def multi_head(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    d_head = q.shape[-1] // n_heads
    heads = []
    for j in range(n_heads):
        own = slice(j * d_head, (j + 1) * d_head)
        Q, K, V = q @ W_Q[own].T, k @ W_K[own].T, v @ W_V[own].T
        alpha = torch.softmax(torch.bmm(Q, K.mT) / math.sqrt(d_head), -1)
        heads.append(torch.bmm(alpha, V))
    return torch.cat(heads, -1) @ W_O.T
