import torch


def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    query = torch.einsum("ad,bd->ba", w["W_a"], s_prev)
    key = torch.einsum("ad,bnd->bna", w["U_a"], h)
    e = torch.einsum("a,bna->bn", w["v_a"], torch.tanh(query.unsqueeze(1) + key))
    e = torch.where(mask, e, torch.finfo(e.dtype).min)
    alpha = torch.softmax(e, dim=1)
    c = torch.einsum("bn,bnd->bd", alpha, h)
    s = gru(torch.cat((Ey_prev, c), dim=1), s_prev, w)
    return [s, c, alpha]
