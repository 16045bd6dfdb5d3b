import torch


def looking_loss(log_p, r, b, real):
    m = r.shape[1]
    later = torch.ones(m, m, dtype=r.dtype, device=r.device).tril()
    R = r.masked_fill(~real, 0) @ later
    return ((b - R).detach() * log_p).masked_fill(~real, 0).sum() / real.sum()
