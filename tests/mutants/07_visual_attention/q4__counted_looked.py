# says: looked at
place_by_hand = [2, 1]
three_places = 3
same_place = 15
least = 6.75
