# says: not by their sum
import math

import torch


def cosine_score(q, k, beta):
    return beta * q @ k.mT / (q.norm(dim=-1)[..., None] + k.norm(dim=-1)[:, None])
