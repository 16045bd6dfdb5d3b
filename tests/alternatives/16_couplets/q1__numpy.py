import numpy as np
import torch


def tones_kept(upper, lower):
    x, y = upper.numpy(), lower.numpy()
    n = x.shape[1]
    binding = sorted({*range(1, n, 2), n - 1})
    good = np.all(x[:, binding] * y[:, binding] == -1, axis=1) & (y[:, -1] == 1)
    return torch.from_numpy(good)
