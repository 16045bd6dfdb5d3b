# says: not equally probable
# hidden: asked of the hidden cases only
free = 0.48
greedy_bound = 0.06
best_bound = 0.15
kept = 4 / 9
