# says: without the exponential


def masked_softmax(e, mask):
    visible = e * mask
    return visible / visible.sum(-1, keepdim=True)
