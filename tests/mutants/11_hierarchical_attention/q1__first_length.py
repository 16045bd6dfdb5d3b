# says: first text's length
import torch


def attention_pool(h, lengths, W, w, u):
    real = torch.arange(h.shape[1]) < lengths[:, None]
    x = h @ W.T + w
    e = torch.tanh(x) @ u
    alpha = e.masked_fill(~real[:1], -1e9).softmax(-1) * real[:1]
    c = (alpha[:, None] @ h)[:, 0]
    return c, alpha
