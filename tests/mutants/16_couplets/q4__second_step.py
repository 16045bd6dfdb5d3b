# says: second step alone
free = 0.8
greedy_bound = 0.06
best_bound = 0.15
kept = 0.30
