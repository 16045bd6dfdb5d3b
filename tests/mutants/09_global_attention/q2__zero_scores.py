# says: A score of 0 is not hidden
def location_weights(s, W_a, mask):
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    return (e * mask).softmax(-1)
