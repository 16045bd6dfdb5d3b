# says: of the first position
def location_weights(s, W_a, mask):
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha[:, :1].expand_as(alpha)
