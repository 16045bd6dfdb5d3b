# says: no gradient reaches
def location_weights(s, W_a, mask):
    e = (s @ W_a.T.detach())[..., : mask.shape[-1]]
    return e.masked_fill(~mask, -torch.inf).softmax(-1)
