# says: nothing is divided by the lengths
import math

import torch


def cosine_score(q, k, beta):
    return beta * q @ k.mT
