# says: A squeeze took an axis
# hidden: only a batch of one sentence, or a size of one, shows it
def additive_score(q, k, W_a, U_a, v_a):
    query = (q @ W_a.T)[:, :, None]
    key = (k @ U_a.T)[:, None]
    return (torch.tanh(query + key) @ v_a).squeeze()
