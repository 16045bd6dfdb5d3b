# says: Two windows of 4
rows_and_words = [12, 9, 8]
match = 1 / 6
alpha_by_hand = [0.365, 0.270, 0.365]
best_accuracy = 0.75
