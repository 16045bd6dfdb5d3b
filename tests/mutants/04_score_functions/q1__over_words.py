# says: The length runs over the words
import math

import torch


def cosine_score(q, k, beta):
    return beta * (q / q.norm(dim=1, keepdim=True)) @ (k / k.norm(dim=1, keepdim=True)).mT
