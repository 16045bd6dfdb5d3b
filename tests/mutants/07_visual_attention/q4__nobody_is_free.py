# says: cost 1 each
place_by_hand = [2, 1]
three_places = 0
same_place = 15
least = 6.75
