# says: g is not used
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    h = run(x, W, U, bias)
    losses = h @ g
    rows = [torch.autograd.grad(s.sum(), x, retain_graph=True)[0] for s in h]
    return torch.stack(rows).norm(dim=-1)
