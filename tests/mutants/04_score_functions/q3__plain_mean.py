# says: has to be weighted
import torch


def softmax_gradient(alpha, g):
    return alpha * (g - g.mean(-1, keepdim=True))
