# says: There are no biases here
# hidden: a number that is worked out on paper and not confirmed before it is graded
n_gru = 1014
n_maxout = 10 * (13 + 7 + 17) + 10 + 29 * 5 + 29
