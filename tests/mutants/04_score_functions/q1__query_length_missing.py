# says: The length of the query is missing
import math

import torch


def cosine_score(q, k, beta):
    return beta * q @ torch.nn.functional.normalize(k, dim=-1).mT
