# says: does not end in C
# hidden: asked of the hidden cases only
free = 0.48
greedy_bound = 0.06
best_bound = 0.15
kept = 0.54 + 0.27 + 0.09
