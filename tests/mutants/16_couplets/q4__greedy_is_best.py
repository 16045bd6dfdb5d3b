# says: does not look ahead
free = 0.48
greedy_bound = 0.15
best_bound = 0.15
kept = 0.30
