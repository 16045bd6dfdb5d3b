# says: the last visible state alone
def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    query = (s_prev @ w["W_a"].T)[:, None]
    e = torch.tanh(query + h @ w["U_a"].T) @ w["v_a"]
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = h[torch.arange(len(h)), mask.sum(1) - 1]
    y_prime = torch.cat([Ey_prev, c], -1)
    s = gru(y_prime, s_prev, w)
    return s, c, alpha
