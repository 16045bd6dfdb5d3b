# says: saw the whole source
import torch


def local_m_step(q, h, t, D):
    e = (h @ q[:, :, None])[..., 0]
    near = (torch.arange(h.shape[1]) - t).abs() <= D
    alpha = e.softmax(-1) * near
    return (alpha[:, None] @ h)[:, 0], alpha
