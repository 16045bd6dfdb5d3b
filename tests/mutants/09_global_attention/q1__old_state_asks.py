# says: one step before
def attentional_states(s, h, mask, W_a, W_c):
    old = torch.cat([torch.zeros_like(s[:, :1]), s[:, :-1]], 1)
    e = old @ W_a @ h.mT
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = alpha @ h
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
