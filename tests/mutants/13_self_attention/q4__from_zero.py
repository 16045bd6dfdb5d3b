# says: Counted from 0
causal_row = [1 / 4, 3 / 4, 0]
contexts_after = [2, 0, 3, 1]
multiplications = 2_000_000
longest = 50
layers_needed = 33
