# says: not R_1 - J
gradient = 3
variance_bare = 9.1875
variance_mean = 0.75
best_baseline = 7
