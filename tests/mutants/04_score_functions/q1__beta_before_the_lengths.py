# says: beta is missing
import math

import torch


def cosine_score(q, k, beta):
    return torch.nn.functional.normalize(beta * q, dim=-1) @ torch.nn.functional.normalize(k, dim=-1).mT
