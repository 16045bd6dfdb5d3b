# says: half as long
n_gru = 1014
n_maxout = 10 * (13 + 7 + 17) + 29 * 10
