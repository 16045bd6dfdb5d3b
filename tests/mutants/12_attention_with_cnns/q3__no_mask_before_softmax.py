# says: hide it before the softmax
import torch


def attentive_pooling(x, y, U, mask_x, mask_y):
    G = (x @ U @ y.mT).tanh()
    best_x = G.masked_fill(~mask_y[:, None], -torch.inf).amax(2)
    best_y = G.masked_fill(~mask_x[:, :, None], -torch.inf).amax(1)
    alpha = best_x.softmax(-1)
    beta = best_y.softmax(-1)
    u, v = (alpha[:, None] @ x)[:, 0], (beta[:, None] @ y)[:, 0]
    return u, v, alpha, beta
