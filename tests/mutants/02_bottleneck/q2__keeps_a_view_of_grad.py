# says: copy it
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    h = run(x, W, U, bias)
    losses = h @ g
    rows = []
    for L in losses:
        x.grad = None if x.grad is None else x.grad.zero_()
        L.backward(retain_graph=True)
        rows.append(x.grad)
    return torch.stack(rows).norm(dim=-1)
