# says: the two parts are averaged
def gru_step(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    x_r, x_z, x_n = (x @ W_ih.T + b_ih).chunk(3, dim=-1)
    s_r, s_z, s_n = (s_prev @ W_hh.T + b_hh).chunk(3, dim=-1)
    r = torch.sigmoid(x_r + s_r)
    z = torch.sigmoid(x_z + s_z)
    s_tilde = torch.tanh(x_n + r * s_n)
    return (s_tilde + s_prev) / 2
