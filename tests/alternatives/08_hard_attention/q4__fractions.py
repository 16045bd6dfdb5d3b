gradient = 1 / 4 * 3 / 4 * (8 - 4)
variance_bare = 147 / 16
variance_mean = 3 / 4
best_baseline = 7.0
