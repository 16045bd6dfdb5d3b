# says: no gradient reaches
def additive_score(q, k, W_a, U_a, v_a):
    query = (q @ W_a.T)[:, :, None]
    key = (k @ U_a.T)[:, None]
    out = torch.tanh(query + key) @ v_a
    return torch.from_numpy(out.detach().numpy())
