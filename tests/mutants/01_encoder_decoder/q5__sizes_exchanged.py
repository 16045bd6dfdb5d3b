# says: The two sizes are exchanged
n_gru = 3 * (11 * 13 + 11 * 11 + 2 * 11)
n_maxout = 515
