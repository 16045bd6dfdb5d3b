# says: changes its inputs
import torch


def softmax_gradient(alpha, g):
    g -= (alpha * g).sum(-1, keepdim=True)
    return g.mul_(alpha)
