# says: The biases are missing
n_gru = 3 * (13 * 11 + 13 * 13)
n_maxout = 515
