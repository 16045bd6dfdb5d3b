# says: no gradient reaches argument 1
def additive_score(q, k, W_a, U_a, v_a):
    query = (q.detach() @ W_a.T)[:, :, None]
    key = (k @ U_a.T)[:, None]
    return torch.tanh(query + key) @ v_a
