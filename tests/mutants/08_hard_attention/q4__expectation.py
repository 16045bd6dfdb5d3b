# says: J itself
gradient = 5
variance_bare = 9.1875
variance_mean = 0.75
best_baseline = 7
