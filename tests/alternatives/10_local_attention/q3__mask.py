import torch


def local_m_step(q, h, t, D):
    e = torch.einsum("bd,bnd->bn", q, h)
    near = (torch.arange(h.shape[1]) - t).abs() <= D
    alpha = e.masked_fill(~near, float("-inf")).softmax(-1).nan_to_num(0.0)
    return torch.einsum("bn,bnd->bd", alpha, h), alpha
