import torch
from torch.nn import functional as F


def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    score = torch.tanh(F.linear(s_prev, w["W_a"])[:, None] + F.linear(h, w["U_a"]))
    e = (score * w["v_a"]).sum(-1)
    alpha = (e - 1e4 * (~mask).to(e.dtype)).softmax(-1)
    c = torch.bmm(alpha.unsqueeze(1), h).squeeze(1)
    cell = torch.nn.GRUCell(w["W_ih"].shape[1], s_prev.shape[1], dtype=h.dtype)
    names = {
        "weight_ih": "W_ih",
        "weight_hh": "W_hh",
        "bias_ih": "b_ih",
        "bias_hh": "b_hh",
    }
    cell.load_state_dict({ours: w[theirs] for ours, theirs in names.items()})
    return cell(torch.cat([Ey_prev, c], 1), s_prev), c, alpha
