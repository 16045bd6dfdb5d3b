import torch


def prepare(y, tgt_len, src_len, n):
    b, m = y.shape
    longer = torch.zeros(b, m + 1, dtype=torch.long)
    longer[:, :m] = y
    at = torch.arange(m + 1).expand(b, -1)
    last = tgt_len.unsqueeze(1)
    tgt_out = torch.where(at < last, longer, 0) + 2 * (at == last)
    tgt_in = torch.roll(torch.where(at < last, longer, 0), 1, 1)
    tgt_in[:, 0] = 1
    tgt_mask = torch.ones(m + 1, m + 1).tril().bool() & ~(at > last).unsqueeze(1)
    return tgt_in, tgt_out, tgt_mask, (torch.arange(n) < src_len.view(b, 1, 1))
