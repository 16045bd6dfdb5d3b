import torch
from torch.nn import functional as F


def two_levels(h, n_words, word, sentence):
    def weights(x, count, level):
        W, bias, u = level
        e = F.linear(torch.tanh(F.linear(x, W, bias)), u[None]).squeeze(-1)
        mask = torch.arange(x.shape[-2]) >= count.unsqueeze(-1)
        return e.masked_fill(mask, -1e30).softmax(-1).masked_fill(mask, 0.0)

    alpha = weights(h, n_words, word)
    s = (alpha.unsqueeze(-1) * h).sum(-2)
    beta = weights(s, (n_words > 0).sum(-1), sentence)
    share = beta.unsqueeze(-1) * alpha
    return (share.unsqueeze(-1) * h).sum((1, 2)), share
