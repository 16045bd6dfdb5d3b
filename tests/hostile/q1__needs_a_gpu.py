# Right, on a device that is not there.
# earns 0
import torch


def additive_score(q, k, W_a, U_a, v_a):
    return torch.tanh((q @ W_a.T)[:, :, None] + (k @ U_a.T)[:, None]).cuda() @ v_a.cuda()
