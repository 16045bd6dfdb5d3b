# says: with respect to h_i
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    h = run(x, W, U, bias)
    losses = h @ g
    out = torch.zeros(len(x), len(x), dtype=x.dtype)
    for t in range(len(x)):
        s, states = torch.zeros_like(bias), []
        for i in range(t + 1):
            s = torch.tanh(x[i] @ W + s @ U + bias)
            states.append(s)
        grads = torch.autograd.grad(s @ g, states)
        out[t, : t + 1] = torch.stack([d.norm() for d in grads])
    return out
