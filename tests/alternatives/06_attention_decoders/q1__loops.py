def feeding_step(Ey_prev, s_prev, s_tilde_prev, h, mask, w):
    s = gru(torch.cat([Ey_prev, s_tilde_prev], 1), s_prev, w)
    tildes, weights = [], []
    for b in range(len(h)):
        e = torch.stack([s[b] @ w["W_a"] @ h_i for h_i in h[b]])
        e = e + torch.where(mask[b], 0.0, -torch.inf).to(e)
        alpha = torch.softmax(e, 0)
        c = sum(a * h_i for a, h_i in zip(alpha, h[b], strict=True))
        tildes.append(torch.tanh(w["W_c"] @ torch.cat([c, s[b]])))
        weights.append(alpha)
    return s, torch.stack(tildes), torch.stack(weights)
