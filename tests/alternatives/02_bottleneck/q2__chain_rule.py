def gradient_reach(x, W, U, bias, g):
    """Back-propagation written out, without autograd."""
    h = run(x, W, U, bias)
    n = len(x)
    out = x.new_zeros(n, n)
    for t in range(n):
        delta = g
        for i in range(t, -1, -1):
            delta = delta * (1 - h[i] ** 2)
            out[t, i] = (W @ delta).norm()
            delta = U @ delta
    return out
