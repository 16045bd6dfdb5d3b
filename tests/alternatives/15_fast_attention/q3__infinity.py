import torch


def in_tiles(q, k, v, tile):
    top = q.new_full((q.shape[0], q.shape[1], 1), -torch.inf)
    Z = c = 0
    for start in range(0, k.shape[1], tile):
        e = torch.einsum("bmd,bnd->bmn", q, k[:, start : start + tile]) * q.shape[2] ** -0.5
        higher = torch.maximum(top, e.max(-1, keepdim=True).values.detach())
        old = torch.exp(top - higher)
        new = torch.exp(e - higher)
        Z, c = old * Z + new.sum(2, keepdim=True), old * c + new @ v[:, start : start + tile]
        top = higher
    return c / Z
