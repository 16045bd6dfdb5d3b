# says: A squeeze took an axis
# hidden: only a size of one shows it
import math

import torch


def cosine_score(q, k, beta):
    return (beta * torch.nn.functional.normalize(q, dim=-1) @ torch.nn.functional.normalize(k, dim=-1).mT).squeeze()
