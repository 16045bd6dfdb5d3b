def masked_softmax(e, mask):
    alpha = e.double().masked_fill(~mask, -1e300).softmax(-1)
    return (alpha * mask).to(e.dtype)
