import torch


def softmax_gradient(alpha, g):
    mean = torch.einsum("bmn,bmn->bm", alpha, g)
    return alpha * g - alpha * mean.unsqueeze(-1)
