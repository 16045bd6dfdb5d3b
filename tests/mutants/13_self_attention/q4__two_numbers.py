# says: three numbers
causal_row = [1 / 4, 3 / 4]
contexts_after = [3, 1, 4, 2]
multiplications = 2_000_000
longest = 50
layers_needed = 33
