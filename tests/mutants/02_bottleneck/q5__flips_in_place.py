# says: changes its inputs
def summaries(x, src_len, forward, backward):
    row, last = torch.arange(len(x)), src_len - 1
    right = run(x, *forward)
    for sentence, length in zip(x, src_len):
        sentence[:length] = sentence[:length].flip(0).clone()
    return right[row, last], run(x, *backward)[row, last]
