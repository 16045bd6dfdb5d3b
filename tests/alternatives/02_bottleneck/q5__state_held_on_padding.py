def summaries(x, src_len, forward, backward):
    """A state that stays where there is padding, in both directions."""

    def read(places, W, U, bias):
        h = x.new_zeros(len(x), U.shape[0])
        for i in places:
            new = torch.tanh(x[:, i] @ W + h @ U + bias)
            h = torch.where((i < src_len)[:, None], new, h)
        return h

    n = x.shape[1]
    return read(range(n), *forward), read(reversed(range(n)), *backward)
