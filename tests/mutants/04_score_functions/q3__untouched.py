# says: Nothing was done
import torch


def softmax_gradient(alpha, g):
    return g
