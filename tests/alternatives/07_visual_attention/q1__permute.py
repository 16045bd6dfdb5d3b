def annotations(features, row, column):
    b, d, R, C = features.shape
    h = features.permute(0, 2, 3, 1) + row[:, None, :] + column[None, :, :]
    return h.reshape(b, R * C, d)
