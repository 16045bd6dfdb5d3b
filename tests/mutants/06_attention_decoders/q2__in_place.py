# says: changes its inputs
def beam_step(log_p, total, width):
    every = log_p.add_(total[:, None]).flatten()
    new_total, flat = every.topk(min(width, len(every)))
    return flat // log_p.shape[1], flat % log_p.shape[1], new_total
