# says: The bend does not belong
def location_weights(s, W_a, mask):
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    return torch.tanh(e).masked_fill(~mask, -torch.inf).softmax(-1)
