# says: not renormalised
free = 0.48
greedy_bound = 0.6
best_bound = 0.15
kept = 0.30
