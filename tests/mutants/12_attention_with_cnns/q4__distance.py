# says: That is the distance
rows_and_words = [12, 9, 7]
match = 5
alpha_by_hand = [0.365, 0.270, 0.365]
best_accuracy = 0.75
