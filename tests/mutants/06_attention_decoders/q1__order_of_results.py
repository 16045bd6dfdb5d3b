# says: in the order s, s_tilde, alpha
def feeding_step(Ey_prev, s_prev, s_tilde_prev, h, mask, w):
    x = torch.cat([Ey_prev, s_tilde_prev], -1)
    s = gru(x, s_prev, w)
    e = ((s @ w["W_a"])[:, None] @ h.mT)[:, 0]
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = (alpha[:, None] @ h)[:, 0]
    s_tilde = torch.tanh(torch.cat([c, s], -1) @ w["W_c"].T)
    return s_tilde, s, alpha
