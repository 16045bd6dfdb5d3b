def looking_loss(log_p, r, b, real):
    total = 0
    for x in range(len(r)):
        R = 0
        for t in reversed(range(r.shape[1])):
            if real[x, t]:
                R = R + r[x, t].item()
                total = total - (R - b[x, t].item()) * log_p[x, t]
    return total / real.sum()
