def location_weights(s, W_a, mask):
    e = torch.nn.functional.linear(s, W_a[: mask.shape[2]])
    e = e + torch.where(mask, 0.0, -torch.inf).to(e.dtype)
    return torch.exp(e - torch.logsumexp(e, -1, keepdim=True))
