# says: do not divide by the number of keys
import torch


def softmax_gradient(alpha, g):
    return alpha * (g - (alpha * g).mean(-1, keepdim=True))
