import torch


def local_p(s, h, lengths, W_p, v_p, W_a, D):
    kind = s.dtype
    s, h, W_p, v_p, W_a = (x.double() for x in (s, h, W_p, v_p, W_a))
    x = (torch.tanh(s @ W_p.T) * v_p).sum(-1)
    p = (lengths.double()[:, None] - 1) / (1 + torch.exp(-x))
    i = torch.arange(h.shape[1]).double()
    far = i - p[..., None]
    near = ((i - torch.round(p)[..., None]).abs() < D + 0.5) & (
        i < lengths[:, None, None]
    )
    e = (s @ W_a @ h.transpose(1, 2)).masked_fill(~near, -1e30)
    alpha = torch.softmax(e, 2) * torch.exp(-(far**2) / (D**2 / 2))
    alpha = torch.where(near, alpha, 0.0)
    return (alpha @ h).to(kind), alpha.to(kind), p.to(kind)
