import torch


def write(lines, upper, part, tone):
    """Log-probabilities from counts, and a beam of 6 under the rules."""
    V = len(part)
    counts = torch.full((V, V), 1e-3)
    for x, y in lines.tolist():
        for a, b in zip(x, y):
            counts[a, b] += 1
    log_p = (counts / counts.sum(1, keepdim=True)).log()
    out = torch.zeros_like(upper)
    for row, x in enumerate(upper.tolist()):
        n = len([token for token in x if token])
        beam = [(0.0, [])]
        for t in range(n):
            may = part == part[x[t]]
            if t % 2 == 1 or t == n - 1:
                may = may & (tone == -tone[x[t]])
            may[:4] = False
            longer = []
            for total, y in beam:
                here = may.clone()
                here[x + y] = False
                value, token = log_p[x[t]].masked_fill(~here, -1e9).topk(6)
                longer += [(total + float(v), [*y, int(w)]) for v, w in zip(value, token)]
            beam = sorted(longer, reverse=True)[:6]
        out[row, :n] = torch.tensor(beam[0][1])
    return out
