import torch


def kernel_regression(q, k, v, sigma, mask):
    e = -0.5 * ((q.unsqueeze(1) - k.unsqueeze(0)) / sigma) ** 2
    e = torch.where(mask, e, torch.finfo(e.dtype).min)
    alpha = torch.exp(e - torch.logsumexp(e, 1, keepdim=True))
    return torch.einsum("mn,n->m", alpha, v)
