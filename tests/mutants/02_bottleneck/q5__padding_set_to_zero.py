# says: Padding set to 0 is read too
def summaries(x, src_len, forward, backward):
    real = torch.arange(x.shape[1]) < src_len[:, None]
    x = x * real[..., None]
    row, last = torch.arange(len(x)), src_len - 1
    return run(x, *forward)[row, last], run(x.flip(1), *backward)[:, -1]
