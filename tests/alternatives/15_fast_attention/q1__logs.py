import torch


def merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    mus = torch.stack([mu_1, mu_2])
    mu = mus.max(0).values
    gap = torch.where(mus == -torch.inf, -torch.inf, mus - mu.nan_to_num(neginf=0.0))
    w = torch.exp(gap)
    Z = (w * torch.stack([Z_1, Z_2])).sum(0)
    c = torch.einsum("pbm,pbmd->bmd", w, torch.stack([c_1, c_2]))
    return mu, Z, c
