# says: The slope of tanh
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    h = run(x, W, U, bias)
    losses = h @ g
    out = torch.zeros(len(x), len(x), dtype=x.dtype)
    for t in range(len(x)):
        for i in range(t + 1):
            out[t, i] = (W @ torch.linalg.matrix_power(U, t - i) @ g).norm()
    return out
