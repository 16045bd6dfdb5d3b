def bahdanau_step(Ey_prev, s_prev, h, mask, w):
    ss, cs, aa = [], [], []
    for k in range(len(h)):
        real = h[k][mask[k]]
        e = torch.tanh(w["W_a"] @ s_prev[k] + real @ w["U_a"].T) @ w["v_a"]
        a = e.softmax(0)
        c = a @ real
        ss.append(gru(torch.cat([Ey_prev[k], c])[None], s_prev[k][None], w)[0])
        cs.append(c)
        full = torch.zeros_like(h[k, :, 0])
        full[mask[k]] = a
        aa.append(full)
    return torch.stack(ss), torch.stack(cs), torch.stack(aa)
