# says: the mask was right


def attend(q, k, v, mask):
    e = q @ k.mT
    alpha = e.softmax(dim=-1)
    c = alpha @ v
    return c, alpha
