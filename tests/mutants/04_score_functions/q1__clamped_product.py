# says: the clamp
# hidden: only short vectors show it
import math

import torch


def cosine_score(q, k, beta):
    return beta * q @ k.mT / (q.norm(dim=-1)[..., None] * k.norm(dim=-1)[:, None]).clamp(min=1e-8)
