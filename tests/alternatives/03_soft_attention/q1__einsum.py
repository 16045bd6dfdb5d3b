import torch


def additive_score(q, k, W_a, U_a, v_a):
    query = torch.einsum("bmd,ad->bma", q, W_a)
    key = torch.einsum("bnd,ad->bna", k, U_a)
    hidden = torch.tanh(query.unsqueeze(2) + key.unsqueeze(1))
    return torch.einsum("bmna,a->bmn", hidden, v_a)
