import torch


def window(p, lengths, n, D):
    middle = torch.round(p).unsqueeze(-1)
    i = torch.arange(n).view(1, 1, n).expand(*p.shape, n)
    left = (middle - D).clamp(min=0)
    right = torch.minimum(middle + D, lengths.view(-1, 1, 1) - 1)
    return torch.logical_and(i >= left, i <= right)
