def concat_score(s, h, W_a, v_a):
    W_s, W_h = W_a.split([s.shape[-1], h.shape[-1]], 1)
    x = torch.einsum("bms,as->bma", s, W_s).unsqueeze(2)
    y = torch.einsum("bnh,ah->bna", h, W_h).unsqueeze(1)
    return torch.einsum("bmna,a->bmn", (x + y).tanh(), v_a)
