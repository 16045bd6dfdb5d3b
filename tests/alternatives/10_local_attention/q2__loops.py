import torch


def local_p(s, h, lengths, W_p, v_p, W_a, D):
    c, a, places = [], [], []
    for b in range(len(s)):
        T = int(lengths[b])
        for t in range(s.shape[1]):
            p = (T - 1) * torch.sigmoid(v_p.dot(torch.tanh(W_p @ s[b, t])))
            r = round(p.item())
            left, right = max(0, r - D), min(T, r + D + 1)
            alpha = (h[b, left:right] @ (W_a.T @ s[b, t])).softmax(0)
            i = torch.arange(left, right)
            alpha = alpha * torch.exp(-((i - p) ** 2) / (2 * (D / 2) ** 2))
            c.append(alpha @ h[b, left:right])
            zeros = h.new_zeros
            a.append(torch.cat([zeros(left), alpha, zeros(h.shape[1] - right)]))
            places.append(p)
    size = s.shape[:2]
    return (
        torch.stack(c).view(*size, -1),
        torch.stack(a).view(*size, -1),
        torch.stack(places).view(size),
    )
