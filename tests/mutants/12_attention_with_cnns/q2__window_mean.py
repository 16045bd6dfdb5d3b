# says: not by w
def weighted_pooling(p, q, w):
    A = 1 / (1 + (p[:, :, None] - q[:, None]).norm(dim=-1))
    a = A.sum(2)[..., None]
    x = (a * p).unfold(1, w, 1).sum(-1) / w
    u = (a * p).sum(1) / a.sum(1)
    return x, u
