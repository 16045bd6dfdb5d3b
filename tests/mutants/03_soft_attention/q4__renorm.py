# says: comes too late
def attend(q, k, v, mask):
    e = q @ k.mT
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=1)
    alpha = alpha / alpha.sum(-1, keepdim=True)
    c = alpha @ v
    return c, alpha
