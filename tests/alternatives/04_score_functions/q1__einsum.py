import torch


def cosine_score(q, k, beta):
    q_length = q.norm(dim=-1).clamp(min=1e-12)
    k_length = k.norm(dim=-1).clamp(min=1e-12)
    e = torch.einsum("bmd,bnd,bm,bn->bmn", q, k, 1 / q_length, 1 / k_length)
    return e * beta
