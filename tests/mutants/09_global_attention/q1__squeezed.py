# says: the function stops | shape
# hidden: only one position or one sentence shows it
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = (alpha @ h).squeeze(1)
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
