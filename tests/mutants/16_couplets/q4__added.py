# says: multiplied, not added
free = 1.4
greedy_bound = 0.7
best_bound = 0.8
kept = 0.30
