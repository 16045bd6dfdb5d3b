# says: logistic function
def location_weights(s, W_a, mask):
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    return torch.sigmoid(e) * mask
