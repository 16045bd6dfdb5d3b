from torch.nn import functional as F


def cosine_score(q, k, beta):
    return beta * F.cosine_similarity(q[:, :, None], k[:, None], dim=-1)
