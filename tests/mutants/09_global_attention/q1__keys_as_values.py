# says: not of W_a h_i | the function stops
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = alpha @ (h @ W_a.T)
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
