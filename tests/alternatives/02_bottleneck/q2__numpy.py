import numpy as np

def gradient_reach(x, W, U, bias, g):
    X, w, u, b, G = (t.double().numpy() for t in (x, W, U, bias, g))
    n = len(X)
    h, hs = np.zeros(len(b)), []
    for i in range(n):
        h = np.tanh(X[i] @ w + h @ u + b)
        hs.append(h)
    out = np.zeros((n, n))
    for t in range(n):
        d = G
        for i in range(t, -1, -1):
            d = d * (1 - hs[i] ** 2)
            out[t, i] = np.linalg.norm(w @ d)
            d = u @ d
    return torch.from_numpy(out).to(x.dtype)
