# says: standard deviation
gradient = 0.75
variance_bare = 9.1875 ** 0.5
variance_mean = 0.75
best_baseline = 7
