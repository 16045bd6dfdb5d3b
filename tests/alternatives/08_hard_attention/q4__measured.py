import torch

e = torch.tensor([0.0, 3.0]).log().nan_to_num(neginf=0.0)
e[0] = 0.0
e.requires_grad_()
R = torch.tensor([8.0, 4.0])
p = e.softmax(0)
(grad,) = torch.autograd.grad(p @ R, e)
gradient = grad[0]
slope = torch.tensor([1.0, 0.0]) - p[0].detach()


def variance(b):
    g = (R - b) * slope
    q = p.detach()
    return q @ g**2 - (q @ g) ** 2


variance_bare = variance(0.0)
variance_mean = variance(5.0)
best_baseline = 7
