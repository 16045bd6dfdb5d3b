# says: or is another query's
import torch


def in_tiles(q, k, v, tile):
    top = torch.full_like(q[..., :1], torch.finfo(q.dtype).min)
    Z, c = torch.zeros_like(q[..., :1]), 0.0
    for k_t, v_t in zip(k.split(tile, 1), v.split(tile, 1)):
        e = q @ k_t.mT / q.shape[-1] ** 0.5
        higher = torch.maximum(top, e.max())
        new = (e - higher).exp()
        Z = (top - higher).exp() * Z + new.sum(-1, keepdim=True)
        c = (top - higher).exp() * c + new @ v_t
        top = higher
    return c / Z
