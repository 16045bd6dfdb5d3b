# says: a distance
import math

import torch


def cosine_score(q, k, beta):
    return beta * (1 - torch.nn.functional.normalize(q, dim=-1) @ torch.nn.functional.normalize(k, dim=-1).mT)
