def nucleus(logits, tau, top_p):
    p = torch.softmax(logits / tau, -1)
    mass, token = p.sort(-1, descending=True)
    outside = mass.cumsum(-1) >= top_p
    outside = torch.cat([torch.zeros_like(outside[:, :1]), outside[:, :-1]], -1)
    hide = torch.zeros_like(outside).scatter(-1, token, outside)
    return (logits / tau).masked_fill(hide, -torch.inf).softmax(-1)
