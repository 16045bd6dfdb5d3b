import torch


def windowed(q, k, v, D):
    contexts = []
    for t in range(q.shape[1]):
        near = slice(max(0, t - D), t + 1)
        e = (k[:, near] @ q[:, t, :, None])[..., 0] / q.shape[-1] ** 0.5
        contexts.append((e.softmax(-1)[:, None] @ v[:, near])[:, 0])
    return torch.stack(contexts, 1)
