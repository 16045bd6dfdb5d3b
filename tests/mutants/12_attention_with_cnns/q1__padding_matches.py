# says: Padding matches
import torch


def with_notes(x, y, W, mask_x, mask_y):
    far = (x[:, :, None] - y[:, None]).norm(dim=-1)
    A = 1 / (1 + far)
    x_wide = torch.cat([x, A @ W[: y.shape[1]]], -1)
    y_wide = torch.cat([y, A.mT @ W[: x.shape[1]]], -1)
    return x_wide, y_wide
