# says: Both ways
def multi_head(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    Q, K, V = (
        (z @ W.T).reshape(len(z), n_heads, z.shape[1], -1)
        for z, W in ((q, W_Q), (k, W_K), (v, W_V))
    )
    alpha = (Q @ K.mT / Q.shape[-1] ** 0.5).softmax(-1)
    return (alpha @ V).reshape(q.shape) @ W_O.T
