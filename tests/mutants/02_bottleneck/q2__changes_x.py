# says: changes its inputs
def gradient_reach(x, W, U, bias, g):
    inputs = x.clone().requires_grad_()
    losses = run(inputs, W, U, bias) @ g
    rows = []
    for loss in losses:
        x.copy_(torch.autograd.grad(loss, inputs, retain_graph=True)[0])
        rows.append(x.norm(dim=-1))
    return torch.stack(rows)
