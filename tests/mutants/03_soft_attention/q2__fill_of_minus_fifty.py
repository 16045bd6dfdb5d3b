# says: small, but not 0


def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, -50.0).softmax(-1)
    return alpha * mask.any(-1, keepdim=True)
