import torch


def softmax_gradient(alpha, g):
    jacobian = torch.diag_embed(alpha) - alpha[..., :, None] * alpha[..., None, :]
    return (jacobian @ g[..., None])[..., 0]
