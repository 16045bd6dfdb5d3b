import torch


def two_levels(h, n_words, word, sentence):
    there = n_words > 0
    W, bias, u = word
    x = h[there]
    e = torch.einsum("knd,ad->kna", x, W).add(bias).tanh() @ u
    padding = torch.arange(h.shape[2]) >= n_words[there][:, None]
    a = e.masked_fill(padding, float("-inf")).softmax(-1)
    s = h.new_zeros(*there.shape, h.shape[-1])
    s = s.index_put((there,), torch.einsum("kn,knd->kd", a, x))
    alpha = h.new_zeros(h.shape[:3]).index_put((there,), a)
    W, bias, u = sentence
    f = (s @ W.T + bias).tanh() @ u
    beta = f.masked_fill(~there, float("-inf")).softmax(-1)
    return torch.einsum("bs,bsd->bd", beta, s), torch.einsum("bs,bsn->bsn", beta, alpha)
