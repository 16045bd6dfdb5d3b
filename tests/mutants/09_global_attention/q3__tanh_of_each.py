# says: Add first, then bend
def concat_score(s, h, W_a, v_a):
    b, m, n = len(s), s.shape[1], h.shape[1]
    states = s[:, :, None].expand(b, m, n, -1)
    words = h[:, None].expand(b, m, n, -1)
    d_s = s.shape[-1]
    own, theirs = states @ W_a[:, :d_s].T, words @ W_a[:, d_s:].T
    return (own.tanh() + theirs.tanh()) @ v_a
