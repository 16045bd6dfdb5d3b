# says: Two decimals
# hidden: the number would be given away
rows_and_words = [12, 9, 7]
match = 1 / 6
alpha_by_hand = [0.36, 0.27, 0.36]
best_accuracy = 0.75
