# says: over everything
import torch


def softmax_gradient(alpha, g):
    return alpha * (g - (alpha * g).sum())
