def gradient_reach(x, W, U, bias, g):
    X, w, u, b, G = (t.double() for t in (x, W, U, bias, g))
    n, d = X.shape
    out = torch.zeros(n, n, d, dtype=torch.float64)
    for i in range(n):
        for k in range(d):
            e = torch.zeros_like(X)
            e[i, k] = 1e-6
            out[:, i, k] = (run(X + e, w, u, b) @ G - run(X - e, w, u, b) @ G) / 2e-6
    return out.norm(dim=2).to(x.dtype)
