# says: before the sum
def looking_loss(log_p, r, b, real):
    r = r * real
    R = ((r - b) * real).flip(1).cumsum(1).flip(1)
    advantage = R.detach()
    return -(advantage * log_p * real).sum() / real.sum()
