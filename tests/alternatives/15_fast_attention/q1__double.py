import torch


def merge(mu_1, Z_1, c_1, mu_2, Z_2, c_2):
    a, b = mu_1.double(), mu_2.double()
    top = torch.maximum(a, b)
    safe = torch.where(top.isinf(), torch.zeros_like(top), top)
    x, y = torch.exp(a - safe), torch.exp(b - safe)
    Z = x * Z_1.double() + y * Z_2.double()
    c = x[:, :, None] * c_1.double() + y[:, :, None] * c_2.double()
    return top.to(mu_1.dtype), Z.to(Z_1.dtype), c.to(c_1.dtype)
