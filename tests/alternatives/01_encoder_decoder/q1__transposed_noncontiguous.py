def gru_step(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    gx = (W_ih @ x.T + b_ih[:, None]).T
    gs = (W_hh @ s_prev.T + b_hh[:, None]).T
    r, z, n = gx.tensor_split(3, 1)
    r2, z2, n2 = gs.tensor_split(3, 1)
    r, z = (r + r2).sigmoid(), (z + z2).sigmoid()
    return ((1 - z) * (n + r * n2).tanh() + z * s_prev).T.contiguous().T
