# Right values in double precision.
# earns 0.5
import torch


def additive_score(q, k, W_a, U_a, v_a):
    q, k, W_a, U_a, v_a = (x.double() for x in (q, k, W_a, U_a, v_a))
    return torch.tanh((q @ W_a.T)[:, :, None] + (k @ U_a.T)[:, None]) @ v_a
