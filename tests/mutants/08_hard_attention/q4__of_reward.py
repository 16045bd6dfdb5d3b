# says: variance of the reward
gradient = 0.75
variance_bare = 3
variance_mean = 0.75
best_baseline = 7
