import numpy as np

rows_and_words = list(np.array([12, 9, 7]))
match = np.float64(1) / (1 + np.hypot(3, 4))
best = np.exp([0.5, 0.2, 0.5])
alpha_by_hand = list(best / best.sum())
best_accuracy = np.float64(0.75)
