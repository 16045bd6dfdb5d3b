import numpy as np
import torch


def looking_loss(log_p, r, b, real):
    kept = np.where(real.numpy(), r.detach().numpy(), 0)
    R = torch.from_numpy(kept[:, ::-1].cumsum(1)[:, ::-1].copy())
    advantage = R - b.detach()
    return -torch.where(real, advantage * log_p, 0.0).sum() / real.sum()
