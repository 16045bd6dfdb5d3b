import torch


def topk_weights(e, mask, k):
    alpha = torch.zeros_like(e)
    seen = mask.expand_as(e)
    for x in range(e.shape[0]):
        for t in range(e.shape[1]):
            places = seen[x, t].nonzero()[:, 0]
            best = places[e[x, t, places].argsort(descending=True)[:k]]
            if len(best):
                alpha[x, t, best] = 1 / len(best)
    return alpha
