# says: Only the best prefix is extended
def beam_step(log_p, total, width):
    k = total.argmax()
    new_total, token = (total[k] + log_p[k]).topk(min(width, log_p.shape[1]))
    return torch.full_like(token, k.item()), token, new_total
