# says: list those between
import math

place_by_hand = 4
visible_by_hand = [2, 6]
sum_by_hand = (3 + 3 * math.exp(-0.5) + 2 * math.exp(-2)) / 8
scores_by_hand = 420
