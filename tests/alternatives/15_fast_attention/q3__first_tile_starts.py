import torch


def in_tiles(q, k, v, tile):
    top = None
    for k_t, v_t in zip(k.split(tile, 1), v.split(tile, 1)):
        e = q @ k_t.mT / q.shape[-1] ** 0.5
        here = e.amax(-1, keepdim=True)
        if top is None:
            top, w = here, (e - here).exp()
            Z, c = w.sum(-1, keepdim=True), w @ v_t
            continue
        higher = torch.maximum(top, here)
        w, old = (e - higher).exp(), (top - higher).exp()
        Z, c, top = old * Z + w.sum(-1, keepdim=True), old * c + w @ v_t, higher
    return c / Z
