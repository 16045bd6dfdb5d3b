# says: take their softmax
# hidden: the number would be given away
rows_and_words = [12, 9, 7]
match = 1 / 6
alpha_by_hand = [0.5, 0.2, 0.5]
best_accuracy = 0.75
