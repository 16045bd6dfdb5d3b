# says: comes after the softmax


def attend(q, k, v, mask):
    e = q @ k.mT
    alpha = e.softmax(dim=-1) * mask
    c = alpha @ v
    return c, alpha
