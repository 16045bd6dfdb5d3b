# says: Only the last row is filled
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    h = run(x, W, U, bias)
    losses = h @ g
    out = torch.zeros(len(x), len(x), dtype=x.dtype)
    out[-1] = torch.autograd.grad(losses[-1], x)[0].norm(dim=-1)
    return out
