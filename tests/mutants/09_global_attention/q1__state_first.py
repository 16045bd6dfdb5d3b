# says: the context first
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = alpha @ h
    return torch.tanh(torch.cat([s, c], -1) @ W_c.T), alpha
