rows_and_words = (12, 9, 7)
match = 0.1667
alpha_by_hand = (0.3649, 0.2703, 0.3649)
best_accuracy = 3 / 4
