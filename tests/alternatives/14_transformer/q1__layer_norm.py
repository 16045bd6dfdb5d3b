import torch
from torch.nn import functional as F


def sublayer(x, w, norm_first):
    def norm(x):
        return F.layer_norm(x, x.shape[-1:], w["gamma"], w["beta"])

    z = norm(x) if norm_first else x
    y = x + F.linear(F.relu(F.linear(z, w["W_1"], w["b_1"])), w["W_2"], w["b_2"])
    return y if norm_first else norm(y)
