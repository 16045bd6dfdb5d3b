# says: overflows


def masked_softmax(e, mask):
    p = e.exp() * mask
    return p / p.sum(-1, keepdim=True).clamp(min=1e-30)
