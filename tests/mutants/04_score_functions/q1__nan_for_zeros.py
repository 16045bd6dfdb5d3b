# says: contains NaN
# hidden: only a vector of zeros shows it
import math

import torch


def cosine_score(q, k, beta):
    return beta * q @ k.mT / (q.norm(dim=-1)[..., None] * k.norm(dim=-1)[:, None])
