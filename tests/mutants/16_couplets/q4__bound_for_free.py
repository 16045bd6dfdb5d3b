# says: here there are none
free = 0.15
greedy_bound = 0.06
best_bound = 0.15
kept = 0.30
