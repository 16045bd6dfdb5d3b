# says: expected the inputs
import torch


def shift_and_sharpen(w, rho, gamma):
    x = rho[:, 0:1] * w.roll(-1, -1) + rho[:, 1:2] * w + rho[:, 2:3] * w.roll(1, -1)
    y = x ** gamma[:, None]
    return (y / y.sum(-1, keepdim=True)).double()
