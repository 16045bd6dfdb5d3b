# says: first step alone
free = 0.6
greedy_bound = 0.06
best_bound = 0.15
kept = 0.30
