import torch


def smoothed_loss(logits, targets, epsilon):
    x = logits.double()
    x = x - x.amax(-1, keepdim=True)
    total = x.exp().sum(-1).log()
    own = torch.take_along_dim(x, targets.unsqueeze(-1), -1).squeeze(-1)
    losses = total - (1 - epsilon) * own - epsilon * x.sum(-1) / x.shape[-1]
    real = (targets > 0).double()
    return ((losses * real).sum() / real.sum()).to(logits.dtype)
