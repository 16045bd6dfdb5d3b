import torch


def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    e = torch.tanh(s_prev[:, None] @ w["W_a"].T + h @ w["U_a"].T) @ w["v_a"]
    p = torch.exp(e - e.amax(1, keepdim=True)) * mask
    alpha = p / p.sum(1, keepdim=True)
    c = (alpha[..., None] * h).sum(1)
    x = torch.cat([Ey_prev, c], 1) @ w["W_ih"].T + w["b_ih"]
    x_r, x_z, x_n = x.chunk(3, 1)
    s_r, s_z, s_n = (s_prev @ w["W_hh"].T + w["b_hh"]).chunk(3, 1)
    z = torch.sigmoid(x_z + s_z)
    s = (1 - z) * torch.tanh(x_n + torch.sigmoid(x_r + s_r) * s_n) + z * s_prev
    return s, c, alpha
