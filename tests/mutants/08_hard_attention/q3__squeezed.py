# says: stops with | wrong
# hidden: only a batch of one caption, or captions of one word, show it
def looking_loss(log_p, r, b, real):
    r = (r * real).squeeze()
    R = r.flip(-1).cumsum(-1).flip(-1)
    R = R if R.ndim == 2 else R.flip(0).cumsum(0).flip(0).view(b.shape)
    advantage = (R - b).detach()
    return -(advantage * log_p * real).sum() / real.sum()
