# says: axes 1 and 2 are exchanged
import math

import torch


def cosine_score(q, k, beta):
    return beta * torch.nn.functional.normalize(k, dim=-1) @ torch.nn.functional.normalize(q, dim=-1).mT
