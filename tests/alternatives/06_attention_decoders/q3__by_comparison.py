def nucleus(logits, tau, top_p):
    p = (logits / tau).softmax(-1)
    # what is held by all tokens that are more probable than this one
    before = (p[:, None] * (p[:, None] > p[..., None])).sum(-1)
    q = torch.where(before < top_p, p, torch.zeros_like(p))
    return q / q.sum(-1, keepdim=True)
