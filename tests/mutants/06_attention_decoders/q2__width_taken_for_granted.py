# says: index k out of range | out of range
# hidden: a width larger than all extensions
def beam_step(log_p, total, width):
    every = (total[:, None] + log_p).flatten()
    new_total, flat = every.topk(width)
    return flat // log_p.shape[1], flat % log_p.shape[1], new_total
