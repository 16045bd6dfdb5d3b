# says: past included
def looking_loss(log_p, r, b, real):
    r = r * real
    R = r.sum(1, keepdim=True).expand_as(r)
    advantage = (R - b).detach()
    return -(advantage * log_p * real).sum() / real.sum()
