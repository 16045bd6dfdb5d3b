# says: contains NaN
# hidden: only a row of zeros shows it
import torch


def softmax_gradient(alpha, g):
    e = alpha.log().requires_grad_()
    return torch.autograd.grad(e.softmax(-1), e, g)[0]
