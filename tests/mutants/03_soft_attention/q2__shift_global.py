# says: off every row
def masked_softmax(e, mask):
    p = (e - e.max()).exp() * mask
    alpha = p / p.sum(-1, keepdim=True).clamp(min=1e-30)
    return alpha.masked_fill(~mask, 0.0)
