# says: A squeeze took an axis
# hidden: only a batch of one sentence, or a size of one, shows it
def attend(q, k, v, mask):
    e = q @ k.mT
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    c = alpha @ v
    return c.squeeze(), alpha.squeeze()
