# says: not a cosine
def attend(q, k, v, mask):
    e = torch.nn.functional.normalize(q, dim=-1) @ torch.nn.functional.normalize(k, dim=-1).mT
    e = e.masked_fill(~mask, -1e4)
    alpha = e.softmax(dim=-1)
    c = alpha @ v
    return c, alpha
