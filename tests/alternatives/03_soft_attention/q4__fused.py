import torch
from torch.nn import functional as F


def attend(q, k, v, mask):
    ones = torch.eye(k.shape[1], dtype=k.dtype).expand(k.shape[0], -1, -1)
    both = torch.cat([v, ones], -1)
    both = F.scaled_dot_product_attention(q, k, both, attn_mask=mask, scale=1.0)
    return both[..., : v.shape[-1]], both[..., v.shape[-1] :]
