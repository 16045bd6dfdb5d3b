# says: sigma is D/2
# hidden: the sum and the scores are held back
import math

place_by_hand = 4
visible_by_hand = [2, 3, 4, 5, 6]
sum_by_hand = (3 + 3 * math.exp(-1 / 8) + 2 * math.exp(-0.5)) / 8
scores_by_hand = 420
