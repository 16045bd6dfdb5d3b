# says: no factor


def attend(q, k, v, mask):
    e = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    c = alpha @ v
    return c, alpha
