# says: sum of g has to be weighted
import torch


def softmax_gradient(alpha, g):
    return alpha * (g - g.sum(-1, keepdim=True))
