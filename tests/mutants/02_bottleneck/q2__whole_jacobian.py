# says: the norm of the whole Jacobian
def gradient_reach(x, W, U, bias, g):
    jacobian = torch.autograd.functional.jacobian(lambda x: run(x, W, U, bias), x)
    return jacobian.pow(2).sum((1, 3)).sqrt()
