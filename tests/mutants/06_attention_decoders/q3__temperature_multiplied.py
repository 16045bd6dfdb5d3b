# says: divided by the temperature, not multiplied
def nucleus(logits, tau, top_p):
    p = (logits * tau).softmax(-1)
    mass, token = p.sort(-1, descending=True)
    outside = mass.cumsum(-1) - mass >= top_p
    mass = mass.masked_fill(outside, 0.0)
    mass = mass / mass.sum(-1, keepdim=True)
    return torch.zeros_like(p).scatter(-1, token, mass)
