def attentional_states(s, h, mask, W_a, W_c):
    e = torch.einsum("bms,sh,bnh->bmn", s, W_a, h)
    alpha = torch.where(mask, e, torch.finfo(e.dtype).min).softmax(-1)
    c = torch.einsum("bmn,bnh->bmh", alpha, h)
    d_h = h.shape[-1]
    return (c @ W_c[:, :d_h].T + s @ W_c[:, d_h:].T).tanh(), alpha
