def gru_step(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    """In double precision inside, with the gates from one product."""
    dtype = x.dtype
    x, s = x.double(), s_prev.double()
    a = torch.nn.functional.linear(x, W_ih.double(), b_ih.double())
    u = torch.nn.functional.linear(s, W_hh.double(), b_hh.double())
    d_s = s.shape[1]
    gates = torch.sigmoid(a[:, : 2 * d_s] + u[:, : 2 * d_s])
    r, z = gates.split(d_s, dim=1)
    s_tilde = torch.tanh(a[:, 2 * d_s :] + r * u[:, 2 * d_s :])
    return ((1 - z) * s_tilde + z * s).to(dtype)
