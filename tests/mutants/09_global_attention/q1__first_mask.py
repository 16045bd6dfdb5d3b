# says: first sentence's mask
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT
    alpha = e.masked_fill(~mask[:1], -1e9).softmax(-1)
    c = alpha @ h
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
