# says: argmax
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    alpha = torch.zeros_like(alpha).scatter(-1, alpha.argmax(-1, True), 1.0)
    c = alpha @ h
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
