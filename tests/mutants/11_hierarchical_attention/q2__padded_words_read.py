# says: Padded words
import torch


def two_levels(h, n_words, word, sentence):
    real = torch.arange(h.shape[2]) < n_words[..., None]
    there = n_words > 0

    def score(x, W, bias, u):
        return torch.tanh(x @ W.T + bias) @ u

    def soft(e, seen):
        return e.masked_fill(~seen, -1e9).softmax(-1) * seen

    alpha = score(h, *word).softmax(-1)
    s = (alpha[..., None, :] @ h)[..., 0, :]
    beta = soft(score(s, *sentence), there)
    v = (beta[:, None] @ s)[:, 0]
    return v, beta[..., None] * alpha
