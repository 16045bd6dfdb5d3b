# says: O_y
# hidden: a number that is worked out on paper and not confirmed before it is graded
n_gru = 1014
n_maxout = 10 * (13 + 17) + 29 * 5
