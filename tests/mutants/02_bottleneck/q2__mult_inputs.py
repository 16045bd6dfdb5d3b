# says: multiplied by the input
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    losses = run(x, W, U, bias) @ g
    rows = [torch.autograd.grad(L, x, retain_graph=True)[0] for L in losses]
    return (torch.stack(rows) * x).detach().norm(dim=-1)
