# says: G is missing
# hidden: a number that is worked out on paper and not confirmed before it is graded
n_gru = 1014
n_maxout = 10 * (13 + 7 + 17)
