def multi_head(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    c, d_head = 0.0, q.shape[-1] // n_heads
    for Q, K, V, O in zip(
        W_Q.double().split(d_head),
        W_K.double().split(d_head),
        W_V.double().split(d_head),
        W_O.double().split(d_head, dim=1),
    ):
        e = (q.double() @ Q.T) @ (k.double() @ K.T).mT / d_head**0.5
        c = c + e.softmax(-1) @ (v.double() @ V.T) @ O.T
    return c.to(q.dtype)
