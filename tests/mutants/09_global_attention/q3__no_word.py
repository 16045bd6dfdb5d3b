# says: The word is missing
def concat_score(s, h, W_a, v_a):
    b, m, n = len(s), s.shape[1], h.shape[1]
    states = s[:, :, None].expand(b, m, n, -1)
    words = h[:, None].expand(b, m, n, -1)
    pairs = torch.cat([states, 0 * words], -1)
    return torch.tanh(pairs @ W_a.T) @ v_a
