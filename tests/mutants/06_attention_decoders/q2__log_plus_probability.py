# says: A logarithm and a probability
def beam_step(log_p, total, width):
    every = (total[:, None] + log_p.exp()).flatten()
    new_total, flat = every.topk(min(width, len(every)))
    return flat // log_p.shape[1], flat % log_p.shape[1], new_total
