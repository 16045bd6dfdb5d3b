import torch


def attentive_pooling(x, y, U, mask_x, mask_y):
    X, Y = x.double(), y.double()
    G = (torch.bmm(X @ U.double(), Y.transpose(1, 2))).tanh()

    def weights(best, mask):
        power = best.exp() * mask
        return power / power.sum(1, keepdim=True)

    alpha = weights((G - 3.0 * ~mask_y[:, None]).amax(2), mask_x)
    beta = weights((G - 3.0 * ~mask_x[:, :, None]).amax(1), mask_y)
    u, v = (alpha.unsqueeze(2) * X).sum(1), (beta.unsqueeze(2) * Y).sum(1)
    return tuple(part.to(x.dtype) for part in (u, v, alpha, beta))
