import torch


def two_looks(q, K, V, H):
    root = K.shape[-1] ** 0.5
    a1 = torch.softmax(torch.bmm(K, q.unsqueeze(-1)) / root, 1)
    q_2 = torch.nn.functional.linear(q, H) + torch.bmm(V.mT, a1)[..., 0]
    a2 = torch.softmax(torch.bmm(K, q_2.unsqueeze(-1)) / root, 1)
    return torch.bmm(V.mT, a2)[..., 0], a1[..., 0], a2[..., 0]
