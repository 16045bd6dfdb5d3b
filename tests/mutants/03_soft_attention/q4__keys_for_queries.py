# says: the queries ask
def attend(q, k, v, mask):
    e = (k @ k.mT).masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    c = alpha @ v
    return c, alpha
