# says: variance of the reward
# hidden: a number that is worked out on paper and not confirmed before it is graded
gradient = 0.75
variance_bare = 9.1875
variance_mean = 3
best_baseline = 7
