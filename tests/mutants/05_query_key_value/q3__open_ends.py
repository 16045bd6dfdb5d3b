# says: The ends are open
import torch


def shift_and_sharpen(w, s, gamma):
    x = s[:, 0:1] * torch.nn.functional.pad(w[:, 1:], (0, 1)) + s[:, 1:2] * w + s[:, 2:3] * torch.nn.functional.pad(w[:, :-1], (1, 0))
    y = x ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
