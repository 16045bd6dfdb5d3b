# says: runs over the batch
def looking_loss(log_p, r, b, real):
    r = r * real
    R = r.flip(0).cumsum(0).flip(0)
    advantage = (R - b).detach()
    return -(advantage * log_p * real).sum() / real.sum()
