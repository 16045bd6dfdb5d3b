def location_weights(s, W_a, mask):
    alpha = (s @ W_a.T).softmax(-1)[..., : mask.shape[-1]] * mask
    return alpha / alpha.sum(-1, keepdim=True)
