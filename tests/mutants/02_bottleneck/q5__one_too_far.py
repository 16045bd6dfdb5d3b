# says: One place too far
def summaries(x, src_len, forward, backward):
    row, last = torch.arange(len(x)), src_len - 1
    right = run(x, *forward)
    order = (last[:, None] - torch.arange(x.shape[1])) % x.shape[1]
    left = run(x[row[:, None], order], *backward)
    after = src_len.clamp(max=x.shape[1] - 1)
    return right[row, after], left[row, after]
