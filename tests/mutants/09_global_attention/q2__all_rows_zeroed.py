# says: hidden places included
def location_weights(s, W_a, mask):
    return (s @ W_a.T).softmax(-1)[..., : mask.shape[-1]] * mask
