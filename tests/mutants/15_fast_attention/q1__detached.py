# says: gradient
import torch


def merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    mu = torch.maximum(mu_1, mu_2)
    top = mu.clamp(min=torch.finfo(mu.dtype).min)
    one, two = (mu_1 - top).exp(), (mu_2 - top).exp()
    Z = one * Z_1 + two * Z_2
    c = one[..., None] * c_1.detach() + two[..., None] * c_2
    return mu, Z, c
