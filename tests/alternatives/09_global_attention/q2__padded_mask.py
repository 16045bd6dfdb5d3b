def location_weights(s, W_a, mask):
    more = len(W_a) - mask.shape[-1]
    whole = torch.nn.functional.pad(mask, (0, more), value=False)
    e = torch.einsum("bms,ns->bmn", s, W_a).masked_fill(~whole, -torch.inf)
    return e.softmax(-1)[..., : mask.shape[-1]]
