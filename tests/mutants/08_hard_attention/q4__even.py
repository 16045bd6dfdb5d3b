# says: exp(ln 3) is 3
gradient = 1
variance_bare = 9.1875
variance_mean = 0.75
best_baseline = 7
