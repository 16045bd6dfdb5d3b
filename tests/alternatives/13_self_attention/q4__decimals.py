causal_row = [0.25, 0.75, 0.0]
contexts_after = (3, 1, 4, 2)
multiplications = 2e6
longest = 50.0
layers_needed = 33.0
