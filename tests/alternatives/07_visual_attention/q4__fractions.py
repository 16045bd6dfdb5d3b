place_by_hand = (9 // 4, 9 % 4)
three_places = 12 - 3
same_place = (1 - 3) ** 2 + 11
least = 12 * (3 / 4) ** 2
