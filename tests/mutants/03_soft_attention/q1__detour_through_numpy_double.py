# says: expected the inputs'
import torch


def additive_score(q, k, W_a, U_a, v_a):
    query = (q @ W_a.T)[:, :, None]
    key = (k @ U_a.T)[:, None]
    return torch.from_numpy((torch.tanh(query + key) @ v_a).double().numpy())
