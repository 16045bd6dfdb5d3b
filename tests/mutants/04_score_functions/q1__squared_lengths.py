# says: not by their squares
import math

import torch


def cosine_score(q, k, beta):
    return beta * q @ k.mT / ((q**2).sum(-1)[..., None] * (k**2).sum(-1)[:, None])
