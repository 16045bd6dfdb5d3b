# says: still to be taken off
gradient = 0.75
variance_bare = 9.75
variance_mean = 0.75
best_baseline = 7
