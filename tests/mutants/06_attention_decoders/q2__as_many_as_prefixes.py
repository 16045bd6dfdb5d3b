# says: shape
def beam_step(log_p, total, width):
    every = (total[:, None] + log_p).flatten()
    new_total, flat = every.topk(len(total))
    return flat // log_p.shape[1], flat % log_p.shape[1], new_total
