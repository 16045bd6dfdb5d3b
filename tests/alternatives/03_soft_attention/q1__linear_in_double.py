import torch
from torch.nn import functional as F


def additive_score(q, k, W_a, U_a, v_a):
    query = F.linear(q.double(), W_a.double())
    key = F.linear(k.double(), U_a.double())
    e = F.linear(torch.tanh(query[:, :, None] + key[:, None]), v_a.double()[None])
    return e.squeeze(-1).to(q.dtype)
