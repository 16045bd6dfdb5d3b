# says: without the exponential
# hidden: the number would be given away
rows_and_words = [12, 9, 7]
match = 1 / 6
alpha_by_hand = [0.4167, 0.1667, 0.4167]
best_accuracy = 0.75
