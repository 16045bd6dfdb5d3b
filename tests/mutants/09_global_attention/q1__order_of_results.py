# says: in the order s_tilde, alpha
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = alpha @ h
    return alpha, torch.tanh(torch.cat([c, s], -1) @ W_c.T)
