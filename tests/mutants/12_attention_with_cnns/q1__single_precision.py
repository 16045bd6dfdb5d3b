# says: expected the inputs'
import torch


def with_notes(x, y, W, mask_x, mask_y):
    far = (x[:, :, None] - y[:, None]).norm(dim=-1)
    A = 1 / (1 + far)
    A = A * (mask_x[:, :, None] & mask_y[:, None])
    x_wide = torch.cat([x, A @ W[: y.shape[1]]], -1)
    y_wide = torch.cat([y, A.mT @ W[: x.shape[1]]], -1)
    return x_wide.float(), y_wide.float()
