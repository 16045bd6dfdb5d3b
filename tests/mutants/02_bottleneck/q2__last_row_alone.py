# says: That is the last row
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    h = run(x, W, U, bias)
    losses = h @ g
    return torch.autograd.grad(losses[-1], x)[0].norm(dim=-1)
