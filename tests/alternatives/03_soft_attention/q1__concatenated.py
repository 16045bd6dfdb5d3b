import torch


def additive_score(q, k, W_a, U_a, v_a):
    m, n = q.shape[1], k.shape[1]
    pairs = torch.cat(
        [
            q[:, :, None].expand(-1, -1, n, -1),
            k[:, None].expand(-1, m, -1, -1),
        ],
        -1,
    )
    return torch.tanh(pairs @ torch.cat([W_a, U_a], 1).T) @ v_a
