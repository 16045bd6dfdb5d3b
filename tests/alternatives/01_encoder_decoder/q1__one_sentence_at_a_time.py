def gru_step(x, s_prev, W_ih, W_hh, b_ih, b_hh):
    """Loops over the batch and over the blocks."""
    d_s = s_prev.shape[-1]
    rows = []
    for x_k, s_k in zip(x, s_prev, strict=True):
        blocks = []
        for j in range(3):
            rows_of = slice(j * d_s, (j + 1) * d_s)
            from_x = W_ih[rows_of] @ x_k + b_ih[rows_of]
            from_s = W_hh[rows_of] @ s_k + b_hh[rows_of]
            blocks.append((from_x, from_s))
        r = 1 / (1 + torch.exp(-(blocks[0][0] + blocks[0][1])))
        z = 1 / (1 + torch.exp(-(blocks[1][0] + blocks[1][1])))
        s_tilde = torch.tanh(blocks[2][0] + r * blocks[2][1])
        rows.append(s_tilde + z * (s_k - s_tilde))
    return torch.stack(rows)
