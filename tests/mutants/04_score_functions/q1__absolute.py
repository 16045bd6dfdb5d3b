# says: opposite is not the same
import math

import torch


def cosine_score(q, k, beta):
    return beta * (torch.nn.functional.normalize(q, dim=-1) @ torch.nn.functional.normalize(k, dim=-1).mT).abs()
