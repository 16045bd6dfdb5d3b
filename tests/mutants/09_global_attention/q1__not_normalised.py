# says: not normalised
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT
    alpha = e.exp() * mask
    c = alpha @ h
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
