def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    dt = h.dtype
    W = {k: v.double() for k, v in w.items()}
    s0, H, E = s_prev.double(), h.double(), Ey_prev.double()
    e = torch.tanh((s0 @ W["W_a"].T)[:, None] + H @ W["U_a"].T) @ W["v_a"]
    a = e.masked_fill(mask.logical_not(), -1e9).softmax(1)
    c = torch.matmul(a[:, None, :], H)[:, 0, :]
    s = gru(torch.cat([E, c], 1), s0, W)
    return s.to(dt), c.to(dt), a.to(dt)
