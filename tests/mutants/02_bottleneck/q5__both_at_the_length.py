# says: before the real words, or amid them
def summaries(x, src_len, forward, backward):
    right = run(x, *forward)
    left = run(x.flip(1), *backward)
    row = torch.arange(len(x))
    return right[row, src_len - 1], left[row, src_len - 1]
