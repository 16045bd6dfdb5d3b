# says: no gradient reaches
import math

import torch


def cosine_score(q, k, beta):
    return torch.from_numpy((beta * torch.nn.functional.normalize(q, dim=-1) @ torch.nn.functional.normalize(k, dim=-1).mT).detach().numpy())
