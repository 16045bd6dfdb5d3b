# says: after the softmax
causal_row = [1 / 9, 3 / 9, 0]
contexts_after = [3, 1, 4, 2]
multiplications = 2_000_000
longest = 50
layers_needed = 33
