def attentional_states(s, h, mask, W_a, W_c):
    keys = torch.nn.functional.linear(h.double(), W_a.double())
    e = torch.bmm(s.double(), keys.transpose(1, 2)).masked_fill(~mask, -torch.inf)
    weights = (e - e.amax(-1, keepdim=True)).exp()
    alpha = weights / weights.sum(-1, keepdim=True)
    joined = torch.cat([alpha @ h.double(), s.double()], -1)
    return torch.tanh(joined @ W_c.double().T).to(s.dtype), alpha.to(s.dtype)
