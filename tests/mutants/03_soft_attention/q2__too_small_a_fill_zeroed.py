# says: not small enough
def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, -20.0).softmax(-1)
    return alpha * mask
