import torch


def smoothed_loss(logits, targets, epsilon):
    terms = []
    for rows, words in zip(logits, targets):
        for x, y in zip(rows, words):
            if y == 0:
                continue
            V, log_p = len(x), x - torch.logsumexp(x, 0)
            terms.append(
                sum(
                    -(epsilon / V + (1 - epsilon) * (w == int(y))) * log_p[w]
                    for w in range(V)
                )
            )
    return torch.stack(terms).mean()
