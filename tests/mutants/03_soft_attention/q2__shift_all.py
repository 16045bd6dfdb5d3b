# says: hide it before
def masked_softmax(e, mask):
    p = (e - e.amax(-1, keepdim=True)).exp() * mask
    alpha = p / p.sum(-1, keepdim=True).clamp(min=1e-30)
    return alpha.masked_fill(~mask, 0.0)
