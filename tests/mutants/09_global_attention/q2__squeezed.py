# says: shape | squeeze
# hidden: only one sentence alone shows it
def location_weights(s, W_a, mask):
    e = (s @ W_a.T)[..., : mask.shape[-1]]
    return e.masked_fill(~mask, -torch.inf).softmax(-1).squeeze(0)
