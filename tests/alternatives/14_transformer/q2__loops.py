import torch


def prepare(y, tgt_len, src_len, n):
    rows_in, rows_out, seen, src = [], [], [], []
    m = y.shape[1]
    for row, length, source in zip(y.tolist(), tgt_len.tolist(), src_len.tolist()):
        words, fill = row[:length], [0] * (m - length)
        rows_in.append([1] + words + fill)
        rows_out.append(words + [2] + fill)
        seen.append([[i <= min(t, length) for i in range(m + 1)] for t in range(m + 1)])
        src.append([[i < source for i in range(n)]])
    return torch.tensor(rows_in), torch.tensor(rows_out), torch.tensor(seen), torch.tensor(src)
