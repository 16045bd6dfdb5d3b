# A cell that is no Python.
# earns 0

def masked_softmax(e, mask)
    return e
