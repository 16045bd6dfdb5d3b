def feeding_step(Ey_prev, s_prev, s_tilde_prev, h, mask, w):
    dtype = h.dtype
    wide = {name: x.double() for name, x in w.items()}
    x = torch.cat([Ey_prev, s_tilde_prev], -1).double()
    s = gru(x, s_prev.double(), wide)
    values = h.double()
    e = (values @ (s @ wide["W_a"])[..., None])[..., 0]
    e = e.masked_fill(~mask, -torch.inf)
    alpha = (e - e.logsumexp(-1, keepdim=True)).exp()
    c = (alpha[..., None] * values).sum(1)
    s_tilde = torch.tanh(torch.cat([c, s], -1) @ wide["W_c"].T)
    return s.to(dtype), s_tilde.to(dtype), alpha.to(dtype)
