# says: taken twice
def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1).masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha.masked_fill(~mask, 0.0)
