import numpy as np

place_by_hand = np.unravel_index(9, (3, 4))
three_places = 9
same_place = 15
least = round(12 - 2 * 3 + 12 * (3 / 12) ** 2, 3)
