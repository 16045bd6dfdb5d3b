# says: p_2 falls
gradient = 24 / 16
variance_bare = 9.1875
variance_mean = 0.75
best_baseline = 7
