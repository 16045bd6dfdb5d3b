import torch


def annotations(features, row, column):
    b, d, R, C = features.shape
    h = []
    for r in range(R):
        for c in range(C):
            h.append(features[:, :, r, c] + row[r] + column[c])
    return torch.stack(h, dim=1)
