import math

place_by_hand = 4.0
visible_by_hand = [2, 3, 4, 5, 6]
sum_by_hand = 0.636
scores_by_hand = 420
