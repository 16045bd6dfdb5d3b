# says: A squeeze took an axis
# hidden: only a batch of one sentence, or a size of one, shows it
def summaries(x, src_len, forward, backward):
    row, last = torch.arange(len(x)), src_len - 1
    right = run(x, *forward)
    order = (last[:, None] - torch.arange(x.shape[1])) % x.shape[1]
    left = run(x[row[:, None], order], *backward)
    return right[row, last].squeeze(), left[row, last].squeeze()
