def concat_score(s, h, W_a, v_a):
    d_s = s.shape[-1]
    own, theirs = s @ W_a[:, :d_s].T, h @ W_a[:, d_s:].T
    return torch.tanh(own[:, :, None] + theirs[:, None]) @ v_a
