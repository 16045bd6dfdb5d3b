# says: Each prefix gives one extension only
def beam_step(log_p, total, width):
    own, token = log_p.max(1)
    new_total, parent = (total + own).topk(min(width, len(total)))
    return parent, token[parent], new_total
