# says: third row
causal_row = [2 / 9, 6 / 9, 1 / 9]
contexts_after = [3, 1, 4, 2]
multiplications = 2_000_000
longest = 50
layers_needed = 33
