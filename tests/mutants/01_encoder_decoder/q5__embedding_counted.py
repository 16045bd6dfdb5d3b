# says: E does not count
# hidden: a number that is worked out on paper and not confirmed before it is graded
n_gru = 1014
n_maxout = 515 + 29 * 7
