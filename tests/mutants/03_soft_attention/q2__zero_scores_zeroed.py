def masked_softmax(e, mask):
    return (e * mask).softmax(-1) * mask
