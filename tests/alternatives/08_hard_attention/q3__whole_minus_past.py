def looking_loss(log_p, r, b, real):
    r = r * real
    R = r.sum(1, keepdim=True) - r.cumsum(1) + r
    advantage = (R - b).detach()
    return -(advantage * log_p)[real].mean()
