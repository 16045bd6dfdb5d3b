import torch


def annotations(features, row, column):
    b, d, R, C = features.shape
    i = torch.arange(R * C, device=features.device)
    flat = features.reshape(b, d, -1).swapaxes(1, 2)
    return flat + row[i // C] + column[i % C]
