import torch


def bound_step(log_prob, logits, allowed, width):
    log_p = logits.log_softmax(-1)
    found = []
    for k in range(len(log_prob)):
        for w in range(logits.shape[1]):
            if allowed[k, w]:
                found.append((float(log_prob[k] + log_p[k, w]), k, w))
    found.sort(key=lambda x: -x[0])
    totals, parents, tokens = map(list, zip(*found[:width]))
    return (
        torch.tensor(totals, dtype=logits.dtype),
        torch.tensor(parents),
        torch.tensor(tokens),
    )
