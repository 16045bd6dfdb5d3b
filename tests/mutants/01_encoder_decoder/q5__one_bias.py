# says: two biases a block
n_gru = 3 * (13 * 11 + 13 * 13 + 13)
n_maxout = 515
