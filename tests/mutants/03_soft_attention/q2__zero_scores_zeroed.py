# says: A score of 0 takes part in the sum
def masked_softmax(e, mask):
    return (e * mask).softmax(-1) * mask
