# says: Two directions
n_gru = 2028
n_maxout = 515
