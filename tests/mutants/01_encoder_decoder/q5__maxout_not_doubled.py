# says: twice as long
n_gru = 1014
n_maxout = 5 * (13 + 7 + 17) + 29 * 5
