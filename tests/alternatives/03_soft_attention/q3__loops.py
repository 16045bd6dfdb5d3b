import torch


def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    b = len(mask)
    alpha = torch.zeros_like(h[..., 0])
    c = torch.zeros_like(h[:, 0])
    for row in range(b):
        length = int(mask[row].sum())
        scores = []
        for i in range(length):
            hidden = w["W_a"] @ s_prev[row] + w["U_a"] @ h[row, i]
            scores.append(torch.dot(w["v_a"], hidden.tanh()))
        alpha[row, :length] = torch.stack(scores).softmax(0)
        for i in range(length):
            c[row] += alpha[row, i] * h[row, i]
    s = gru(torch.hstack([Ey_prev, c]), s_prev, w)
    return s, c, alpha
