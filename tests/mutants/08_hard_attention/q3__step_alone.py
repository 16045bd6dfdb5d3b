# says: step alone
def looking_loss(log_p, r, b, real):
    r = r * real
    R = r
    advantage = (R - b).detach()
    return -(advantage * log_p * real).sum() / real.sum()
