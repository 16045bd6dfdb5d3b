# says: The ends hold
import torch


def shift_and_sharpen(w, rho, gamma):
    x = rho[:, 0:1] * torch.cat([w[:, 1:], w[:, -1:]], 1) + rho[:, 1:2] * w + rho[:, 2:3] * torch.cat([w[:, :1], w[:, :-1]], 1)
    y = x ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
