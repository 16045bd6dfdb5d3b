# says: expected numbers
n_gru = "1014"
n_maxout = "515"
