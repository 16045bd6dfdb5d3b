# Autograd before the call, and in it. No gradient gets through.
# earns 1.5

import torch

x = torch.randn(50, 50, requires_grad=True)
(x @ x).sum().backward()
layer = torch.nn.LSTM(5, 7)
layer(torch.randn(3, 2, 5))[0].sum().backward()
opt = torch.optim.Adam(layer.parameters())
opt.step()


def masked_softmax(e, mask):
    e = e.clone().requires_grad_()
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1).masked_fill(~mask, 0.0)
    torch.autograd.grad(alpha.float().sum(), e)
    return alpha  # with its graph
