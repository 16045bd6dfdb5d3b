# says: O_y
n_gru = 1014
n_maxout = 10 * (13 + 17) + 29 * 5
