def location_weights(s, W_a, mask):
    rows = []
    for b in range(len(s)):
        for s_t in s[b]:
            e = torch.stack([W_a[i] @ s_t for i in range(mask.shape[-1])])
            rows.append(e.masked_fill(~mask[b, 0], -torch.inf).softmax(0))
    return torch.stack(rows).view(len(s), s.shape[1], -1)
