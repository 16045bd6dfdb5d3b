import torch


def window(p, lengths, n, D):
    middle = (p + 0.5).floor().to(torch.int64)
    i = torch.arange(n)
    far = torch.abs(middle[:, :, None] - i[None, None, :])
    far = far.masked_fill(i[None, None] >= lengths[:, None, None], D + 1)
    return far < D + 1
