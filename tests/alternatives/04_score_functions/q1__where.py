import torch


def cosine_score(q, k, beta):
    lengths = q.norm(dim=-1, keepdim=True) * k.norm(dim=-1)[:, None]
    safe = torch.where(lengths == 0, torch.ones_like(lengths), lengths)
    return beta * torch.bmm(q, k.transpose(1, 2)) / safe
