import torch


def local_m_step(q, h, t, D):
    n = h.shape[1]
    left, right = min(n, max(0, t - D)), min(n, t + D + 1)
    inside = h[:, left:right]
    weights = torch.bmm(inside, q.unsqueeze(-1)).squeeze(-1).softmax(-1)
    alpha = torch.nn.functional.pad(weights, (left, n - right))
    return torch.bmm(alpha.unsqueeze(1), h).squeeze(1), alpha
