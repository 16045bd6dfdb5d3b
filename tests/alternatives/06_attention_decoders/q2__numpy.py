import numpy as np


def beam_step(log_p, total, width):
    every = (total[:, None] + log_p).numpy()
    flat = np.argsort(-every, axis=None)[:width]
    parent, token = np.unravel_index(flat, every.shape)
    value = torch.from_numpy(every[parent, token])
    return torch.from_numpy(parent), torch.from_numpy(token), value
