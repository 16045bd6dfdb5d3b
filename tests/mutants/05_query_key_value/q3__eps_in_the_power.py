# says: has the right shape and wrong values | wrong values
import torch


def shift_and_sharpen(w, s, gamma):
    x = s[:, 0:1] * w.roll(-1, -1) + s[:, 1:2] * w + s[:, 2:3] * w.roll(1, -1)
    y = (x + 1e-3) ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
