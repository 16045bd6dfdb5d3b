# says: read on into the padding
def summaries(x, src_len, forward, backward):
    right = run(x, *forward)[torch.arange(len(x)), src_len - 1]
    x = x.clone()
    for sentence, length in zip(x, src_len):
        sentence[:length] = sentence[:length].flip(0).clone()
    return right, run(x, *backward)[:, -1]
