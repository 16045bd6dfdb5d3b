# says: the way through the old states is cut
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    h = run(x, W, U, bias)
    losses = h @ g
    out = torch.zeros(len(x), len(x), dtype=x.dtype)
    s = torch.zeros_like(bias)
    for t in range(len(x)):
        s = torch.tanh(x[t] @ W + s.detach() @ U + bias)
        out[t] = torch.autograd.grad(s @ g, x)[0].norm(dim=-1)
    return out
