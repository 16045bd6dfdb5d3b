# says: contains NaN
import torch


def softmax_gradient(alpha, g):
    return (alpha.log().exp() * (g - (alpha * g * alpha.log() / alpha.log()).sum(-1, keepdim=True)))
