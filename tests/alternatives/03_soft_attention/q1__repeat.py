def additive_score(q, k, W_a, U_a, v_a):
    b, m, _ = q.shape
    n = k.shape[1]
    qq = q.repeat_interleave(n, dim=1)
    kk = k.repeat(1, m, 1)
    return (torch.tanh(qq @ W_a.t() + kk @ U_a.t()) @ v_a[:, None]).view(b, m, n)
