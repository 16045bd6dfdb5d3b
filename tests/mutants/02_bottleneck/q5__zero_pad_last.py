# says: Padding set to 0
def summaries(x, src_len, forward, backward):
    row, last = torch.arange(len(x)), src_len - 1
    right = run(x, *forward)
    order = (last[:, None] - torch.arange(x.shape[1])) % x.shape[1]
    left = run(x[row[:, None], order], *backward)
    x = x * (torch.arange(x.shape[1]) < src_len[:, None])[..., None]
    return run(x, *forward)[:, -1], run(x.flip(1), *backward)[:, -1]
