def additive_score(q, k, W_a, U_a, v_a):
    lin = lambda W: torch.nn.Linear(W.shape[1], W.shape[0], bias=False, dtype=W.dtype)
    a, b, c = lin(W_a), lin(U_a), torch.nn.Linear(len(v_a), 1, bias=False, dtype=v_a.dtype)
    with torch.no_grad():
        a.weight.copy_(W_a)
        b.weight.copy_(U_a)
        c.weight.copy_(v_a[None])
    return c(torch.tanh(a(q).unsqueeze(2) + b(k).unsqueeze(1))).squeeze(-1)
