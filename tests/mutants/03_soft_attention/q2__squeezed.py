# says: A squeeze took an axis
# hidden: only a batch of one sentence, or a size of one, shows it
def masked_softmax(e, mask):
    alpha = e.masked_fill(~mask, -torch.inf).softmax(-1)
    return alpha.masked_fill(~mask, 0.0).squeeze()
