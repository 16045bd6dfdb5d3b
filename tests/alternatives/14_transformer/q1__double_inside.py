import torch


def sublayer(x, w, norm_first):
    p, z = {name: weight.double() for name, weight in w.items()}, x.double()

    def norm(x):
        variance, mean = torch.var_mean(x, -1, correction=0, keepdim=True)
        return p["gamma"] * (x - mean) * torch.rsqrt(variance + 1e-5) + p["beta"]

    def ffn(x):
        hidden = torch.einsum("bmd,fd->bmf", x, p["W_1"]) + p["b_1"]
        hidden = hidden.maximum(torch.zeros_like(hidden))
        return torch.einsum("bmf,df->bmd", hidden, p["W_2"]) + p["b_2"]

    y = z + ffn(norm(z)) if norm_first else norm(z + ffn(z))
    return y.to(x.dtype)
