# says: what any of them sees
# hidden: the visible masks are the same for every query
def masked_softmax(e, mask):
    mask = mask.any(1, keepdim=True)
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha.masked_fill(~mask, 0.0)
