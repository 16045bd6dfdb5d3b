# says: goes round the end
import torch


def local_m_step(q, h, t, D):
    n = h.shape[1]
    i = torch.arange(t - D, t + D + 1) % n
    inside = h[:, i]
    weights = (inside @ q[:, :, None])[..., 0].softmax(-1)
    alpha = h.new_zeros(h.shape[:2]).index_add(1, i, weights)
    return (weights[:, None] @ inside)[:, 0], alpha
