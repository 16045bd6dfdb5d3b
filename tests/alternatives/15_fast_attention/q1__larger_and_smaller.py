import torch


def merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    larger, smaller = torch.maximum(mu_1, mu_2), torch.minimum(mu_1, mu_2)
    factor = torch.where(smaller == -torch.inf, 0.0, (smaller - larger).exp())
    first = mu_1 >= mu_2
    Z = torch.where(first, Z_1 + factor * Z_2, Z_2 + factor * Z_1)
    f, w = factor.unsqueeze(-1), first.unsqueeze(-1)
    return larger, Z, torch.where(w, c_1 + f * c_2, c_2 + f * c_1)
