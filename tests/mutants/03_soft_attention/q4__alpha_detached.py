# says: no gradient reaches
def attend(q, k, v, mask):
    e = q @ k.mT
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1).detach()
    c = alpha @ v
    return c, alpha
