# says: note comes second
import torch


def with_notes(x, y, W, mask_x, mask_y):
    far = (x[:, :, None] - y[:, None]).norm(dim=-1)
    A = 1 / (1 + far)
    A = A * (mask_x[:, :, None] & mask_y[:, None])
    x_wide = torch.cat([A @ W[: y.shape[1]], x], -1)
    y_wide = torch.cat([A.mT @ W[: x.shape[1]], y], -1)
    return x_wide, y_wide
