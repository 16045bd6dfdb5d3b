# says: inverse order
causal_row = [1 / 4, 3 / 4, 0]
contexts_after = [2, 4, 1, 3]
multiplications = 2_000_000
longest = 50
layers_needed = 33
