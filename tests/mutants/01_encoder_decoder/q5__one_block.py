# says: one block of three
n_gru = 13 * 11 + 13 * 13 + 2 * 13
n_maxout = 515
