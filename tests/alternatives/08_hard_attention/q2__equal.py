import torch


def straight_through(e, g, tau):
    soft = ((e + g) / tau).softmax(-1)
    hard = (soft == soft.max(-1, keepdim=True).values).to(soft.dtype).detach()
    return hard + (soft - soft.detach())
