def nucleus(logits, tau, top_p):
    p = (logits.double() / tau).softmax(-1)
    mass, token = torch.sort(p, dim=-1, descending=True)
    inside = mass.cumsum(-1) - mass < top_p
    q = torch.zeros_like(p).scatter_(-1, token, mass * inside)
    return torch.nn.functional.normalize(q, p=1, dim=-1).to(logits.dtype)
