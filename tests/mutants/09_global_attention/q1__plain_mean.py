# says: plain mean
def attentional_states(s, h, mask, W_a, W_c):
    e = s @ W_a @ h.mT
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    c = (h * mask.mT).sum(1, keepdim=True) / mask.sum(-1, keepdim=True)
    c = c.expand(-1, s.shape[1], -1)
    return torch.tanh(torch.cat([c, s], -1) @ W_c.T), alpha
