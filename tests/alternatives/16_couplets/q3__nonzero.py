def bound_step(log_prob, logits, allowed, width):
    parents, tokens = allowed.nonzero(as_tuple=True)
    log_p = logits - logits.logsumexp(-1, keepdim=True)
    totals = log_prob[parents] + log_p[parents, tokens]
    order = totals.argsort(descending=True)[:width]
    return totals[order], parents[order], tokens[order]
