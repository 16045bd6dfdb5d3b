# says: not interleaved
def gru_step(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    d_s = s_prev.shape[-1]
    x_all = (x @ W_ih.T + b_ih).view(len(x), d_s, 3)
    s_all = (s_prev @ W_hh.T + b_hh).view(len(x), d_s, 3)
    r = torch.sigmoid(x_all[..., 0] + s_all[..., 0])
    z = torch.sigmoid(x_all[..., 1] + s_all[..., 1])
    s_tilde = torch.tanh(x_all[..., 2] + r * s_all[..., 2])
    return (1 - z) * s_tilde + z * s_prev
