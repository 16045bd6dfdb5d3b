import torch
from torch.nn import functional as F


def local_p(s, h, lengths, W_p, v_p, W_a, D):
    p = F.linear(torch.tanh(F.linear(s, W_p)), v_p[None]).squeeze(-1).sigmoid()
    p = p * (lengths - 1).unsqueeze(1)
    i = torch.arange(h.size(1))
    outside = (i - p.round().unsqueeze(-1)).abs() > D
    outside = outside | (i >= lengths.view(-1, 1, 1))
    e = torch.bmm(s, F.linear(h, W_a).transpose(1, 2))
    weights = e.masked_fill(outside, float("-inf")).softmax(dim=2)
    sigma = D / 2
    weights = weights * torch.exp(-0.5 * ((i - p.unsqueeze(-1)) / sigma).pow(2))
    return torch.bmm(weights, h), weights, p
