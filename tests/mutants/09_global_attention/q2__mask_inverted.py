# says: upside down
def location_weights(s, W_a, mask):
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    return e.masked_fill(mask, -1e9).softmax(-1)
