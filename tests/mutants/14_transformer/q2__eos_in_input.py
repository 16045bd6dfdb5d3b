# says: belongs to the target
import torch

PAD, BOS, EOS = 0, 1, 2


def prepare(y, tgt_len, src_len, n):
    b, m = y.shape
    place = torch.arange(m + 1, device=y.device)
    y = y.masked_fill(place[:m] >= tgt_len[:, None], PAD)
    tgt_in = torch.cat([y.new_full((b, 1), BOS), y], 1)
    tgt_out = torch.cat([y, y.new_full((b, 1), PAD)], 1)
    tgt_out = tgt_out.masked_fill(place == tgt_len[:, None], EOS)
    tgt_in = tgt_in.masked_fill(place == tgt_len[:, None] + 1, EOS)
    past = place <= place[:, None]
    tgt_mask = past & (place <= tgt_len[:, None])[:, None]
    src_mask = (torch.arange(n, device=y.device) < src_len[:, None])[:, None]
    return tgt_in, tgt_out, tgt_mask, src_mask
