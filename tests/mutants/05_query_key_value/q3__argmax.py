# says: gamma without bound
import torch


def shift_and_sharpen(w, rho, gamma):
    x = rho[:, 0:1] * w.roll(-1, -1) + rho[:, 1:2] * w + rho[:, 2:3] * w.roll(1, -1)
    y = x ** gamma[:, None]
    return torch.nn.functional.one_hot(y.argmax(-1), w.shape[1]).to(w.dtype)
