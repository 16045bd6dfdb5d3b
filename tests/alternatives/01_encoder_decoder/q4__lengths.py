def greedy(params, s0, pad, bos, eos, max_len):
    y = torch.full((s0.shape[0],), bos, dtype=torch.int64)
    finished = set()
    rows = [[] for _ in range(len(s0))]
    s = s0.clone()
    t = 0
    while t < max_len and len(finished) < len(rows):
        logits, s = step(params, y, s)
        y = torch.argmax(logits, dim=1)
        for k, token in enumerate(y.tolist()):
            if k in finished:
                rows[k].append(pad)
            else:
                rows[k].append(token)
                if token == eos:
                    finished.add(k)
        t += 1
    return torch.tensor(rows)
