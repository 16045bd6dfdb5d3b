# says: matrices on the state are missing
n_gru = 3 * (13 * 11 + 2 * 13)
n_maxout = 515
