# says: no character twice
# hidden: asked of the hidden cases only
free = 0.48
greedy_bound = 0.06
best_bound = 0.15
kept = 0.6 * 0.2 + 0.3 * 0.6 + 0.1 * 0.9
