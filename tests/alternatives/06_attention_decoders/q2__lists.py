def beam_step(log_p, total, width):
    K, V = log_p.shape
    every = [(float(total[k] + log_p[k, y]), k, y) for k in range(K) for y in range(V)]
    every.sort(key=lambda x: -x[0])
    parent = torch.tensor([k for _, k, _ in every[:width]])
    token = torch.tensor([y for _, _, y in every[:width]])
    return parent, token, total[parent] + log_p[parent, token]
