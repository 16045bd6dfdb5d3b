import torch


def bilinear_attend(q, k, v, W, mask):
    contexts, weights = [], []
    for b in range(len(q)):
        seen = mask[b, 0]
        for t in range(q.shape[1]):
            e = torch.stack([q[b, t] @ W @ key for key in k[b]]) / W.shape[0] ** 0.5
            alpha = e.masked_fill(~seen, torch.finfo(e.dtype).min).softmax(0)
            weights.append(alpha)
            contexts.append(alpha @ v[b])
    shape = q.shape[:2]
    return torch.stack(contexts).view(*shape, -1), torch.stack(weights).view(*shape, -1)
