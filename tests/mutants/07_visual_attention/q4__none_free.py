# says: Three places are free
place_by_hand = [2, 1]
three_places = 12
same_place = 15
least = 6.75
