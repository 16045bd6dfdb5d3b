# says: The ends hold
import torch


def shift_and_sharpen(w, s, gamma):
    x = s[:, 0:1] * torch.cat([w[:, 1:], w[:, -1:]], 1) + s[:, 1:2] * w + s[:, 2:3] * torch.cat([w[:, :1], w[:, :-1]], 1)
    y = x ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
