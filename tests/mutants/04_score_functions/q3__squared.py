# says: squared
import torch


def softmax_gradient(alpha, g):
    return alpha**2 * (g - (alpha * g).sum(-1, keepdim=True))
