def attentional_states(s, h, mask, W_a, W_c):
    tildes, weights = [], []
    for b in range(len(s)):
        for s_t in s[b]:
            e = torch.stack([s_t @ W_a @ h_i for h_i in h[b]])
            alpha = e.masked_fill(~mask[b, 0], -torch.inf).softmax(0)
            c = (alpha[:, None] * h[b]).sum(0)
            tildes.append(torch.tanh(W_c @ torch.cat([c, s_t])))
            weights.append(alpha)
    shape = s.shape[:2]
    return torch.stack(tildes).view(*shape, -1), torch.stack(weights).view(*shape, -1)
