# says: changes its inputs
import math

import torch


def cosine_score(q, k, beta):
    q /= q.norm(dim=-1, keepdim=True)
    k /= k.norm(dim=-1, keepdim=True)
    return beta * q @ k.mT
