# says: not the noise alone
import torch


def straight_through(e, g, tau):
    soft = (e + g / tau).softmax(-1)
    best = soft.argmax(-1, keepdim=True)
    one_hot = torch.zeros_like(soft).scatter(-1, best, 1.0)
    return one_hot + (soft - soft.detach())
