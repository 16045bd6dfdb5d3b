# says: greedy search finds
# hidden: the best line is asked of the hidden cases only
free = 0.48
greedy_bound = 0.06
best_bound = 0.06
kept = 0.30
