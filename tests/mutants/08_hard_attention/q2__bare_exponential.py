# says: NaN | wrong values
# hidden: only large scores overflow
import torch


def straight_through(e, g, tau):
    w = ((e + g) / tau).exp()
    soft = w / w.sum(-1, keepdim=True)
    best = soft.argmax(-1, keepdim=True)
    one_hot = torch.zeros_like(soft).scatter(-1, best, 1.0)
    return one_hot + (soft - soft.detach())
