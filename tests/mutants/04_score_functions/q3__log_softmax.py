# says: logarithm of the softmax
import torch


def softmax_gradient(alpha, g):
    return g - alpha * g.sum(-1, keepdim=True)
