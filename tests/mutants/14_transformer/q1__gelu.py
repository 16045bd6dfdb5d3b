# says: not GELU
import torch


def sublayer(x, w, norm_first):
    def norm(x):
        centred = x - x.mean(-1, keepdim=True)
        variance = centred.square().mean(-1, keepdim=True)
        return w["gamma"] * centred / (variance + 1e-5).sqrt() + w["beta"]

    def ffn(x):
        return torch.nn.functional.gelu(x @ w["W_1"].T + w["b_1"]) @ w["W_2"].T + w["b_2"]

    return x + ffn(norm(x)) if norm_first else norm(x + ffn(x))
