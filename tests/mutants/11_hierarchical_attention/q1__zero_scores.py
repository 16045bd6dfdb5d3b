# says: exp(0) is 1
import torch


def attention_pool(h, lengths, W, w, u):
    real = torch.arange(h.shape[1]) < lengths[:, None]
    x = h @ W.T + w
    e = torch.tanh(x) @ u
    alpha = (e * real).softmax(-1)
    c = (alpha[:, None] @ h)[:, 0]
    return c, alpha
