# says: after the softmax
def location_weights(s, W_a, mask):
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    return e.softmax(-1) * mask
