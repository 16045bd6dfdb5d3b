# says: hide it before, not after


def masked_softmax(e, mask):
    alpha = e.softmax(-1) * mask
    return alpha / alpha.sum(-1, keepdim=True).clamp(min=1e-30)
