import torch


def attentive_pooling(x, y, U, mask_x, mask_y):
    G = torch.tanh(torch.einsum("bnd,de,bme->bnm", x, U, y))
    seen = mask_x.unsqueeze(2) & mask_y.unsqueeze(1)
    low = torch.where(seen, G, -2.0)
    alpha = torch.where(mask_x, low.max(2).values, -1e9).softmax(1)
    beta = torch.where(mask_y, low.max(1).values, -1e9).softmax(1)
    u = torch.einsum("bn,bnd->bd", alpha, x)
    return u, torch.einsum("bm,bmd->bd", beta, y), alpha, beta
