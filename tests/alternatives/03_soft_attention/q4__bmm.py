def attend(q, k, v, mask):
    e = torch.bmm(q, k.transpose(1, 2))
    e = e - 1e4 * (~mask).to(e.dtype)
    alpha = torch.softmax(e, 2)
    return torch.bmm(alpha, v), alpha
