# says: A squeeze took an axis
# hidden: only a size of one shows it
import torch


def softmax_gradient(alpha, g):
    return (alpha * (g - (alpha * g).sum(-1, keepdim=True))).squeeze()
