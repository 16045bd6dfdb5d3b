import torch


def softmax_gradient(alpha, g):
    out = torch.zeros_like(alpha)
    b, m, n = alpha.shape
    for row in range(b):
        for t in range(m):
            for j in range(n):
                for i in range(n):
                    a = alpha[row, t, i]
                    out[row, t, j] += g[row, t, i] * a * (int(i == j) - alpha[row, t, j])
    return out
