# says: changes its inputs


def attend(q, k, v, mask):
    v *= mask.mT
    e = (q @ k.mT).masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    return alpha @ v, alpha
