# says: the largest of all states
def summaries(x, src_len, forward, backward):
    row, last = torch.arange(len(x)), src_len - 1
    right = run(x, *forward)
    order = (last[:, None] - torch.arange(x.shape[1])) % x.shape[1]
    left = run(x[row[:, None], order], *backward)
    return right.amax(1), left[row, last]
