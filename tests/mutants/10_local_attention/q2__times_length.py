# says: not T_x times
import torch


def local_p(s, h, lengths, W_p, v_p, W_a, D):
    T = lengths[:, None]
    x = torch.tanh(s @ W_p.T) @ v_p
    i = torch.arange(h.shape[1])
    real = i < lengths[:, None, None]
    p = T * torch.sigmoid(x)
    near = ((i - p.detach().round()[..., None]).abs() <= D) & real
    e = s @ W_a @ h.mT
    bell = torch.exp(-2 * ((i - p[..., None]) / D) ** 2)
    alpha = e.masked_fill(~near, -torch.inf).softmax(-1) * bell
    return alpha @ h, alpha, p
