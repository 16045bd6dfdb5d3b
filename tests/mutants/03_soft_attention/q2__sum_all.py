# says: All queries together
def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, -torch.inf).flatten(1).softmax(-1).view_as(e)
    return alpha.masked_fill(~mask, 0.0)
