# says: Four blocks are an LSTM
n_gru = 4 * (13 * 11 + 13 * 13 + 2 * 13)
n_maxout = 515
