# says: a prefix is the place over V
def beam_step(log_p, total, width):
    every = (total[:, None] + log_p).flatten()
    new_total, flat = every.topk(min(width, len(every)))
    return flat, flat % log_p.shape[1], new_total
