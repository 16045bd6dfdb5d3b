# says: The length of the key is missing
import math

import torch


def cosine_score(q, k, beta):
    return beta * torch.nn.functional.normalize(q, dim=-1) @ k.mT
