# says: G is missing
n_gru = 1014
n_maxout = 10 * (13 + 7 + 17)
