# says: a dot product
def additive_score(q, k, W_a, U_a, v_a):
    query = (q @ W_a.T)[:, :, None]
    key = (k @ U_a.T)[:, None]
    return (query * key).sum(-1)
