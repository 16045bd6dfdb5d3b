import torch


def attend(q, k, v, mask):
    c = torch.zeros(*q.shape[:2], v.shape[-1], dtype=v.dtype)
    alpha = torch.zeros(*q.shape[:2], k.shape[1], dtype=v.dtype)
    for b in range(q.shape[0]):
        seen = mask[b, 0].nonzero()[:, 0]
        for t in range(q.shape[1]):
            alpha[b, t, seen] = (k[b, seen] @ q[b, t]).softmax(0)
            c[b, t] = alpha[b, t] @ v[b]
    return c, alpha
