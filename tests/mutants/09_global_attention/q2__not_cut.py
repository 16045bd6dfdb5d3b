# says: the function stops | shape
def location_weights(s, W_a, mask):
    e = s @ W_a.T
    return e.masked_fill(~mask, -torch.inf).softmax(-1)
