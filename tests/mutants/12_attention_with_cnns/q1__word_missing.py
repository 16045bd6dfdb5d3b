# says: word itself is missing
def with_notes(x, y, W, mask_x, mask_y):
    far = (x[:, :, None] - y[:, None]).norm(dim=-1)
    A = 1 / (1 + far)
    A = A * (mask_x[:, :, None] & mask_y[:, None])
    x_wide = A @ W[: y.shape[1]]
    y_wide = A.mT @ W[: x.shape[1]]
    return x_wide, y_wide
