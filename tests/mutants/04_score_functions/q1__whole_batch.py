# says: not of each vector
import math

import torch


def cosine_score(q, k, beta):
    return beta * q @ k.mT / (q.norm() * k.norm())
