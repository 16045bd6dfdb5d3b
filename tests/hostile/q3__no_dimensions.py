# Tensors of no dimensions, and empty ones.
# earns 0
import torch


def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    return torch.tensor(1.0), torch.zeros(0), torch.zeros(3, 0, 5)
