free = 12 / 25
greedy_bound = 3 / 50
best_bound = 3 / 20
kept = 3 / 10
