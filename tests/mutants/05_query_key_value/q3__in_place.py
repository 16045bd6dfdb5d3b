# says: changes its inputs
import torch


def shift_and_sharpen(w, rho, gamma):
    rho /= 2 * rho.sum(-1, keepdim=True)
    x = rho[:, 0:1] * w.roll(-1, -1) + rho[:, 1:2] * w + rho[:, 2:3] * w.roll(1, -1)
    y = x ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
