# says: the padding comes first
def summaries(x, src_len, forward, backward):
    right = run(x, *forward)
    left = run(x.flip(1), *backward)
    return right[torch.arange(len(x)), src_len - 1], left[:, -1]
