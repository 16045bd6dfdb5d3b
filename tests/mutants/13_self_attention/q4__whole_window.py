# says: not 7
# hidden: the number would be given away
causal_row = [1 / 4, 3 / 4, 0]
contexts_after = [3, 1, 4, 2]
multiplications = 2_000_000
longest = 50
layers_needed = 15
