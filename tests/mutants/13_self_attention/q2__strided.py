# says: block of neighbouring rows
def multi_head(q, k, v, W_Q, W_K, W_V, W_O, n_heads):
    Q, K, V = (
        (z @ W.T).unflatten(-1, (-1, n_heads)).movedim(-1, 1)
        for z, W in ((q, W_Q), (k, W_K), (v, W_V))
    )
    alpha = (Q @ K.mT / Q.shape[-1] ** 0.5).softmax(-1)
    return (alpha @ V).transpose(1, 2).flatten(2) @ W_O.T
