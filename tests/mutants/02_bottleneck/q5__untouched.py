# says: end of the padding
def summaries(x, src_len, forward, backward):
    right = run(x, *forward)
    left = run(x.flip(1), *backward)
    return right[:, -1], left[:, -1]
