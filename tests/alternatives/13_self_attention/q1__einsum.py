import torch


def self_attention(x, W_Q, W_K, W_V, mask):
    q = torch.einsum("bnd,kd->bnk", x, W_Q)
    k = torch.einsum("bnd,kd->bnk", x, W_K)
    v = torch.einsum("bnd,vd->bnv", x, W_V)
    e = torch.einsum("btk,bik->bti", q, k) / W_Q.shape[0] ** 0.5
    e = torch.where(mask, e, torch.finfo(e.dtype).min)
    alpha = torch.softmax(e, dim=2)
    return torch.einsum("bti,biv->btv", alpha, v), alpha
