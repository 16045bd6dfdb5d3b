import torch


def last_and_mean(h, lengths):
    d = h.shape[2] // 2
    last = [torch.cat([x[n - 1][:d], x[0][d:]]) for x, n in zip(h, lengths.tolist())]
    mean = [x[:n].mean(0) for x, n in zip(h, lengths.tolist())]
    return torch.stack(last), torch.stack(mean)
