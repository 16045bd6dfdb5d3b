def masked_softmax(e, mask):
    mask = mask.expand(e.shape)
    out = torch.zeros_like(e)
    sees = mask.any(-1)
    out[sees] = e[sees].masked_fill(~mask[sees], float("-inf")).softmax(-1)
    return out
