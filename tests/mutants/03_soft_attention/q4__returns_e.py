# says: That is e
def attend(q, k, v, mask):
    e = q @ k.mT
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    c = alpha @ v
    return c, e
