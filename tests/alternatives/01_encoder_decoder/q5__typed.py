n_gru = 1014.0
n_maxout = 515
