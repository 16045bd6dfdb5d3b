# says: belong to words
causal_row = [1 / 4, 3 / 4, 0]
contexts_after = [1, 2, 3, 4]
multiplications = 2_000_000
longest = 50
layers_needed = 33
