import torch


def straight_through(e, g, tau):
    z = e / tau + g / tau
    soft = (z - z.logsumexp(-1, keepdim=True)).exp()
    best = soft.argmax(-1, keepdim=True)
    one_hot = torch.zeros_like(soft).scatter(-1, best, 1.0)
    return one_hot + (soft - soft.detach())
