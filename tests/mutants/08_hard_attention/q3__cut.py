# says: no gradient reaches
def looking_loss(log_p, r, b, real):
    r = r * real
    R = r.flip(1).cumsum(1).flip(1)
    advantage = (R - b).detach()
    return -(advantage * log_p.detach() * real).sum() / real.sum()
