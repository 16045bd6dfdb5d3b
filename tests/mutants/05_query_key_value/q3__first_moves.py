# says: first head's moves
import torch


def shift_and_sharpen(w, s, gamma):
    x = s[0, 0] * w.roll(-1, -1) + s[0, 1] * w + s[0, 2] * w.roll(1, -1)
    y = x ** gamma[:, None]
    return y / y.sum(-1, keepdim=True)
