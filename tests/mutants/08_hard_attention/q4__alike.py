# says: weighed alike
gradient = 0.75
variance_bare = 12.25
variance_mean = 0.75
best_baseline = 7
