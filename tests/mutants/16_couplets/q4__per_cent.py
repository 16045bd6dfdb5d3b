# says: per cent
free = 48
greedy_bound = 6
best_bound = 15
kept = 30
