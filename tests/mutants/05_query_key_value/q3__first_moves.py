# says: first head's moves
import torch


def shift_and_sharpen(w, rho, gamma):
    x = rho[0, 0] * w.roll(-1, -1) + rho[0, 1] * w + rho[0, 2] * w.roll(1, -1)
    y = x ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
