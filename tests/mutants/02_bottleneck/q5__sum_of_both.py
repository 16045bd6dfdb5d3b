# says: they are added
def summaries(x, src_len, forward, backward):
    row, last = torch.arange(len(x)), src_len - 1
    right = run(x, *forward)
    order = (last[:, None] - torch.arange(x.shape[1])) % x.shape[1]
    left = run(x[row[:, None], order], *backward)
    return right[row, last] + left[row, last], left[row, last]
