import numpy as np

place_by_hand = 6 / (1 + np.exp(-np.log(2)))
visible_by_hand = (2, 3, 4, 5, 6)
w = np.array([1, 2, 3, 1, 1]) / 8
sum_by_hand = float(w @ np.exp(-0.5 * np.array([4, 1, 0, 1, 4])))
scores_by_hand = 420.0
