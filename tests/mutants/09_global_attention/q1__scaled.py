# says: not divided by a root
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT / h.shape[-1] ** 0.5
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = alpha @ h
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
