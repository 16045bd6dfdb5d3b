import numpy as np
import torch


def prepare(y, tgt_len, src_len, n):
    b, m = y.shape
    words = y.numpy().copy()
    words[np.arange(m) >= tgt_len.numpy()[:, None]] = 0
    tgt_in = np.pad(words, ((0, 0), (1, 0)), constant_values=1)
    tgt_out = np.pad(words, ((0, 0), (0, 1)))
    tgt_out[np.arange(b), tgt_len.numpy()] = 2
    past = np.tril(np.ones((m + 1, m + 1), dtype=bool))
    real = np.arange(m + 1) <= tgt_len.numpy()[:, None]
    src = np.arange(n) < src_len.numpy()[:, None]
    found = tgt_in, tgt_out, past[None] & real[:, None], src[:, None]
    return tuple(torch.from_numpy(np.ascontiguousarray(x)) for x in found)
