def feeding_step(Ey_prev, s_prev, s_tilde_prev, h, mask, w):
    s = gru(torch.cat([Ey_prev, s_tilde_prev], -1), s_prev, w)
    e = torch.einsum("bs,sh,bnh->bn", s, w["W_a"], h)
    alpha = e.masked_fill(mask.logical_not(), torch.finfo(e.dtype).min).softmax(-1)
    c = torch.einsum("bn,bnh->bh", alpha, h)
    d_h = h.shape[-1]
    W_c, W_s = w["W_c"][:, :d_h], w["W_c"][:, d_h:]
    return s, torch.tanh(c @ W_c.T + s @ W_s.T), alpha
