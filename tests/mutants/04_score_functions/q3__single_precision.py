# says: expected the inputs'
import torch


def softmax_gradient(alpha, g):
    return (alpha * (g - (alpha * g).sum(-1, keepdim=True))).float()
