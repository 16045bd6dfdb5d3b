# says: divide by V, not by K
def beam_step(log_p, total, width):
    every = (total[:, None] + log_p).flatten()
    new_total, flat = every.topk(min(width, len(every)))
    return flat // len(total), flat % len(total), new_total
