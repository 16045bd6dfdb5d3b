gradient = 0.750
variance_bare = 9.188
variance_mean = 0.75
best_baseline = 7
