# says: The shift is missing
import torch


def shift_and_sharpen(w, rho, gamma):
    x = w
    y = x ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
