# says: The ends are open
import torch


def shift_and_sharpen(w, rho, gamma):
    x = rho[:, 0:1] * torch.nn.functional.pad(w[:, 1:], (0, 1)) + rho[:, 1:2] * w + rho[:, 2:3] * torch.nn.functional.pad(w[:, :-1], (1, 0))
    y = x ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
