import torch
from torch.nn import functional as F


def self_attention(x, W_Q, W_K, W_V, mask):
    q, k, v = F.linear(x, W_Q), F.linear(x, W_K), F.linear(x, W_V)
    eye = torch.eye(x.shape[1], dtype=x.dtype).expand(len(x), -1, -1)
    read = F.scaled_dot_product_attention
    return read(q, k, v, mask), read(q, k, eye, mask)
