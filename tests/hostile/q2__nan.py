# NaN everywhere.
# earns 0
def masked_softmax(e, mask):
    return e * float('nan')
