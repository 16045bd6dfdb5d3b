# says: x.grad is not cleared
def gradient_reach(x, W, U, bias, g):
    x = x.detach().clone().requires_grad_()
    h = run(x, W, U, bias)
    losses = h @ g
    rows = []
    for L in losses:
        L.backward(retain_graph=True)
        rows.append(x.grad.norm(dim=-1).clone())
    return torch.stack(rows)
