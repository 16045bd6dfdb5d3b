free = 0.6 * 0.8
greedy_bound = 0.6 * 0.1
best_bound = 0.3 * 0.5
kept = 0.6 * 0.1 + 0.3 * 0.5 + 0.1 * (0.3 + 0.6)
