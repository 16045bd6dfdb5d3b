# says: These are logarithms
def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, -1e9).log_softmax(-1)
    return alpha * mask
