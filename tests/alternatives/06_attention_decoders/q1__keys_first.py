def feeding_step(Ey_prev, s_prev, s_tilde_prev, h, mask, w):
    keys = torch.nn.functional.linear(h, w["W_a"])
    x = torch.hstack((Ey_prev, s_tilde_prev))
    s = torch.gru_cell(x, s_prev, w["W_ih"], w["W_hh"], w["b_ih"], w["b_hh"])
    e = (keys * s.unsqueeze(1)).sum(2)
    alpha = torch.softmax(torch.where(mask, e, torch.full_like(e, -torch.inf)), 1)
    c = torch.bmm(alpha.unsqueeze(1), h).squeeze(1)
    return s, torch.nn.functional.linear(torch.hstack((c, s)), w["W_c"]).tanh(), alpha
