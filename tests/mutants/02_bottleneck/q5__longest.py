# says: at the end of the padding
def summaries(x, src_len, forward, backward):
    row, last = torch.arange(len(x)), src_len - 1
    right = run(x, *forward)
    order = (last[:, None] - torch.arange(x.shape[1])) % x.shape[1]
    left = run(x[row[:, None], order], *backward)
    n = int(src_len.max())
    return right[:, n - 1], left[:, n - 1]
