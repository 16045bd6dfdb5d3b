# says: A score of 0 is not hidden


def masked_softmax(e, mask):
    return (e * mask).softmax(-1)
