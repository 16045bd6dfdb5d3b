def concat_score(s, h, W_a, v_a):
    m, n = s.shape[1], h.shape[1]
    left = s.repeat_interleave(n, 1)
    pairs = torch.cat((left, h.repeat(1, m, 1)), 2)
    hidden = torch.nn.functional.linear(pairs, W_a).tanh()
    return (hidden * v_a).sum(-1).view(len(s), m, n)
