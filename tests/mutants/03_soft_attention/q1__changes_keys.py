# says: changes its inputs
import torch


def additive_score(q, k, W_a, U_a, v_a):
    h = k.clone()
    query = (q @ W_a.T)[:, :, None]
    e = torch.tanh(query + (k @ U_a.T)[:, None]) @ v_a
    k.copy_(h.tanh())
    return e
