def gru_step(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    W_ir, W_iz, W_in = W_ih.chunk(3)
    W_hr, W_hz, W_hn = W_hh.chunk(3)
    b_ir, b_iz, b_in = b_ih.chunk(3)
    b_hr, b_hz, b_hn = b_hh.chunk(3)
    r = x @ W_ir.t() + b_ir
    r += s_prev @ W_hr.t() + b_hr
    r = r.sigmoid()
    z = x @ W_iz.t() + b_iz
    z += s_prev @ W_hz.t() + b_hz
    z = z.sigmoid()
    out = s_prev.clone()
    out.mul_(z)
    out.add_((1 - z) * torch.tanh(x @ W_in.t() + b_in + r * (s_prev @ W_hn.t() + b_hn)))
    return out
