import torch


def last_and_mean(h, lengths):
    forward, backward = h.chunk(2, -1)
    i = (lengths - 1)[:, None, None].expand(-1, 1, forward.shape[-1])
    last = torch.cat([forward.gather(1, i).squeeze(1), backward[:, 0]], dim=1)
    real = torch.arange(h.shape[1])[None, :, None] < lengths[:, None, None]
    mean = torch.where(real, h, 0.0).sum(1) / lengths.to(h.dtype).unsqueeze(1)
    return last, mean
