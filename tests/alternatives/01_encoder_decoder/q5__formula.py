def gru(d_e, d_s):
    return 3 * d_s * (d_e + d_s + 2)

n_gru = gru(11, 13)
n_maxout = torch.tensor(2 * 5 * (13 + 7 + 17) + 29 * 5)
