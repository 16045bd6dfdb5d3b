# says: does not see itself
import torch


def cached_step(x, place, K, V, w):
    b, n_heads, t, d_head = K.shape
    z = x + w["P"][place]
    q, k, v = (
        (z @ w[name].T).view(b, n_heads, 1, d_head)
        for name in ("W_Q", "W_K", "W_V")
    )
    K, V = torch.cat([K, k], 2), torch.cat([V, v], 2)
    e = q @ K[:, :, :-1].mT / d_head**0.5
    c = e.softmax(-1) @ V[:, :, :-1]
    return c.transpose(1, 2).flatten(1), K, V
