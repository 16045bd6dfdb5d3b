# says: not normalised


def masked_softmax(e, mask):
    return e.exp() * mask
