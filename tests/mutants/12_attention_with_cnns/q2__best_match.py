# says: best match counts alone
def weighted_pooling(p, q, w):
    A = 1 / (1 + (p[:, :, None] - q[:, None]).norm(dim=-1))
    a = A.amax(2)[..., None]
    x = (a * p).unfold(1, w, 1).sum(-1)
    u = (a * p).sum(1) / a.sum(1)
    return x, u
