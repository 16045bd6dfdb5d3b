# says: The bell is missing
# hidden: the sum and the scores are held back
import math

place_by_hand = 4
visible_by_hand = [2, 3, 4, 5, 6]
sum_by_hand = 1.0
scores_by_hand = 420
