def concat_score(s, h, W_a, v_a):
    e = [
        [[v_a @ torch.tanh(W_a @ torch.cat([q, k])) for k in h[b]] for q in s[b]]
        for b in range(len(s))
    ]
    return torch.stack([torch.stack([torch.stack(r) for r in x]) for x in e])
