# says: Both bugs are still there
def looking_loss(log_p, r, b, real):
    r = r * real
    R = r.cumsum(1)
    advantage = (R - b).detach()
    return (advantage * log_p * real).sum() / real.sum()
