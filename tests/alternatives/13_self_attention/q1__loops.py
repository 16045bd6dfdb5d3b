import math

import torch


def self_attention(x, W_Q, W_K, W_V, mask):
    b, n, _ = x.shape
    mask = mask.expand(b, n, n)
    cs, alphas = [], []
    for s in range(b):
        for t in range(n):
            e = []
            for i in range(n):
                score = (W_Q @ x[s, t]) @ (W_K @ x[s, i]) / math.sqrt(len(W_Q))
                e.append(score if mask[s, t, i] else score * 0 - torch.inf)
            alpha = torch.stack(e).softmax(0)
            alphas.append(alpha)
            cs.append(sum(alpha[i] * (W_V @ x[s, i]) for i in range(n)))
    return torch.stack(cs).reshape(b, n, -1), torch.stack(alphas).reshape(b, n, n)
