# says: added only afterwards
def beam_step(log_p, total, width):
    every = log_p.flatten()
    new_total, flat = every.topk(min(width, len(every)))
    return (
        flat // log_p.shape[1],
        flat % log_p.shape[1],
        new_total + total[flat // log_p.shape[1]],
    )
