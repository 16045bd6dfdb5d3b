# says: before the temperature is applied
def nucleus(logits, tau, top_p):
    p = logits.softmax(-1)
    mass, token = p.sort(-1, descending=True)
    outside = mass.cumsum(-1) - mass >= top_p
    cut = torch.zeros_like(outside).scatter(-1, token, outside)
    return (logits / tau).masked_fill(cut, -torch.inf).softmax(-1)
