# says: no gradient reaches
def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha.masked_fill(~mask, 0.0).detach()
