# says: changes its inputs
def location_weights(s, W_a, mask):
    W_a[mask.shape[-1] :] = 0.0
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    return e.masked_fill(~mask, -torch.inf).softmax(-1)
