# says: indices | shape
import torch


def straight_through(e, g, tau):
    soft = ((e + g) / tau).softmax(-1)
    return soft.argmax(-1)
