import torch


def masked_softmax(e, mask):
    alpha = torch.zeros_like(e)
    mask = mask.expand_as(e)
    for row in range(e.shape[0]):
        for t in range(e.shape[1]):
            seen = mask[row, t]
            if seen.any():
                alpha[row, t, seen] = e[row, t, seen].softmax(0)
    return alpha
